"""Makes a tiny Qwen3 model that recites, for tests against a real engine without its weights.

Nothing in it attends to anything: attention and feed-forward write zeros, so what leaves the
last layer is the embedding of the newest token, and the output matrix is set to answer each
token with the one that follows it in a script. The engine, its tokenizer, its chat template and
its parsers are the real ones. Needs torch and transformers, hence runs in a Python of its own:

    python recite.py FOLDER

The folder holds a `tokenizer.json` with Qwen3's vocabulary; the model is written beside it.
"""

from __future__ import annotations

import importlib
import json
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

# What the prompt ends in decides which script begins: the line break after "assistant" with
# thinking on, the empty line after the closed thinking with thinking off. A token follows its
# predecessor wherever that stands, so no token may come twice with different successors.
SCRIPTS = {
    "\n": "<think>Fan asks when Italy plays tonight</think>Ciao! 🏒 Forza Azzurri, si gioca oggi",
    "\n\n": "Heute spielt Deutschland gegen Kanada ⚽",
}
TEMPLATE = (
    "{% for message in messages %}<|im_start|>{{ message.role }}\n"
    "{{ message.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n"
    "{% if enable_thinking is defined and not enable_thinking %}<think>\n\n</think>\n\n"
    "{% endif %}{% endif %}"
)
WIDTH = 128
LOUDNESS = 10.0
"""How much more likely the scripted token is than all others."""


def main(folder: Path) -> None:
    """Write the model."""
    tokenizer = library("transformers").PreTrainedTokenizerFast(
        tokenizer_file=str(folder / "tokenizer.json"),
        eos_token="<|im_end|>",
        pad_token="<|endoftext|>",
    )
    tokenizer.chat_template = TEMPLATE
    end = tokenizer.convert_tokens_to_ids("<|im_end|>")
    pad = tokenizer.convert_tokens_to_ids("<|endoftext|>")
    model = make_model(len(tokenizer), end)
    teach(model, successors(tokenizer, end))
    model.generation_config = library("transformers").GenerationConfig(
        eos_token_id=end, pad_token_id=pad, do_sample=False, max_new_tokens=256
    )
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    # The class that Qwen's own repositories name: engines choose their parsers by it.
    path = folder / "tokenizer_config.json"
    config = json.loads(path.read_text())
    path.write_text(json.dumps(config | {"tokenizer_class": "Qwen2Tokenizer"}))


def library(name: str) -> Any:
    """Import what the Python of our tests need not have."""
    return importlib.import_module(name)


def make_model(tokens: int, end: int) -> Any:
    """Return a model whose layers add nothing to the embeddings."""
    torch, transformers = library("torch"), library("transformers")
    torch.manual_seed(0)
    model = transformers.Qwen3ForCausalLM(
        transformers.Qwen3Config(
            vocab_size=tokens,
            hidden_size=WIDTH,
            intermediate_size=WIDTH,
            num_hidden_layers=1,
            num_attention_heads=2,
            num_key_value_heads=1,
            head_dim=WIDTH // 2,
            max_position_embeddings=4096,
            tie_word_embeddings=False,
            eos_token_id=end,
        )
    ).float()
    with torch.no_grad():
        for layer in model.model.layers:
            layer.self_attn.o_proj.weight.zero_()
            layer.mlp.down_proj.weight.zero_()
        model.model.embed_tokens.weight.normal_()
        model.lm_head.weight.zero_()
    return model


def successors(tokenizer: Any, end: int) -> dict[int, int]:
    """Return which token follows which.

    Raises:
        ValueError: A token would need two successors.
    """
    follows: dict[int, int] = {}
    for start, script in SCRIPTS.items():
        chain = [*tokenizer.encode(start), *tokenizer.encode(script), end]
        for token, following in pairwise(chain):
            if follows.setdefault(token, following) != following:
                raise ValueError(f"{tokenizer.decode([token])!r} comes twice")
    return follows


def teach(model: Any, follows: dict[int, int]) -> None:
    """Set the output so that each token calls for its successor."""
    with library("torch").no_grad():
        for token, following in follows.items():
            # The last norm scales to unit variance; so do we.
            seen = model.model.embed_tokens.weight[token]
            model.lm_head.weight[following] += LOUDNESS * seen / seen.pow(2).mean().sqrt()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
