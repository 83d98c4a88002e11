from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from core.embedded import ACL, find_binary, serve
from core.errors import SettingsError, StoreError
from core.store import Store
from tests.waiting import wait_until


@pytest.fixture
def home() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="tifo-") as folder:
        yield Path(folder)


def is_gone(process: psutil.Process) -> bool:
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


async def test_what_was_written_is_there_after_a_restart(home: Path):
    async with serve(home / "redis") as url:
        store = Store(url)
        await store.put_field("tifo:{0}:x", "f", "kept", ttl=60)
        await store.close()
    async with serve(home / "redis") as url:
        store = Store(url)
        assert await store.fields("tifo:{0}:x") == {b"f": b"kept"}
        await store.close()


async def test_the_server_of_a_killed_program_is_ended_and_its_data_kept(home: Path):
    folder = home / "redis"
    script = (
        "import asyncio, sys, pathlib\n"
        "from core.embedded import serve\n"
        "from core.store import Store\n"
        "async def main():\n"
        "    async with serve(pathlib.Path(sys.argv[1])) as url:\n"
        "        await Store(url).put_field('tifo:{0}:x', 'f', 'kept', ttl=60)\n"
        "        print('up', flush=True)\n"
        "        await asyncio.sleep(60)\n"
        "asyncio.run(main())\n"
    )
    program = await asyncio.create_subprocess_exec(
        sys.executable, "-c", script, str(folder), stdout=asyncio.subprocess.PIPE
    )
    assert program.stdout is not None
    assert await program.stdout.readline() == b"up\n"
    (orphan,) = psutil.Process(program.pid).children()
    program.kill()
    await program.wait()
    async with serve(folder) as url:
        store = Store(url)
        assert await store.fields("tifo:{0}:x") == {b"f": b"kept"}
        await store.close()
        await wait_until(lambda: is_gone(orphan))


async def test_nobody_else_can_read_what_fans_wrote(home: Path):
    folder = home / "redis"
    folder.mkdir(mode=0o755)
    async with serve(folder):
        assert folder.stat().st_mode & 0o077 == 0


async def test_two_programs_do_not_share_a_folder(home: Path):
    async with serve(home / "redis"):
        with pytest.raises(SettingsError, match="Another tifo already runs"):
            async with serve(home / "redis"):
                pass


async def test_a_path_too_long_for_a_socket_is_no_obstacle(home: Path):
    async with serve(home / ("x" * 120) / "redis") as url:
        store = Store(url)
        assert await store.fields("tifo:{0}:x") == {}, "it answers"
        await store.close()


async def test_a_damaged_server_is_reported_with_where_to_look(home: Path):
    folder = home / "redis" / "appendonlydir"
    folder.mkdir(parents=True)
    (folder / "appendonly.aof.manifest").write_text("nonsense\n")
    with pytest.raises(SettingsError, match="log says why"):
        async with serve(home / "redis"):
            pass


async def test_tifo_may_not_do_more_than_it_needs(home: Path):
    async with serve(home / "redis") as url:
        store = Store(url)
        with pytest.raises(StoreError, match="refuses"):
            await store.put_field("somebody-elses", "f", "x", ttl=1)
        with pytest.raises(StoreError, match="refuses"):
            await store.delete("somebody-elses")
        await store.close()


def test_the_rights_in_deploy_are_the_rights_that_the_tests_run_under():
    text = Path("deploy/redis.acl").read_text()
    assert text == f"user tifo on >CHANGE-ME ~tifo:* {ACL}\n"


async def test_a_server_starts_with_the_rights_in_deploy(home: Path):
    for name, option in (("redis.acl", ()), ("sentinel.acl", ("--sentinel",))):
        conf = home / name
        conf.write_text(
            f'port 0\nunixsocket "{home}/s"\naclfile {Path("deploy", name).resolve()}\n'
        )
        server = await asyncio.create_subprocess_exec(
            str(find_binary()), str(conf), *option, stdout=asyncio.subprocess.DEVNULL
        )
        await wait_until((home / "s").exists)
        assert server.returncode is None
        server.kill()
        await server.wait()
        (home / "s").unlink()


async def test_an_interrupt_at_the_keyboard_does_not_reach_the_server(home: Path):
    async with serve(home / "redis") as url:
        (server,) = psutil.Process().children()
        assert os.getpgid(server.pid) != os.getpgid(0)
        store = Store(url)
        assert await store.fields("tifo:{0}:x") == {}, "it answers"
        await store.close()
    await wait_until(lambda: is_gone(server))


async def test_a_server_that_dies_is_started_again_with_its_data(home: Path):
    async with serve(home / "redis") as url:
        store = Store(url)
        await store.put_field("tifo:{0}:x", "f", "kept", ttl=60)
        await asyncio.sleep(1.1)  # what was written is on the disk within a second
        (server,) = psutil.Process().children()
        server.kill()

        async def is_back() -> bool:
            with contextlib.suppress(StoreError):
                return await store.fields("tifo:{0}:x") == {b"f": b"kept"}
            return False

        await wait_until(is_back)
        await store.close()


async def test_an_address_left_by_a_server_that_is_gone_is_no_obstacle(home: Path):
    (home / "redis").mkdir()
    (home / "redis" / "address").write_text(str(home / "redis" / "socket"))
    async with serve(home / "redis") as url:
        store = Store(url)
        assert await store.fields("tifo:{0}:x") == {}, "it answers"
        await store.close()
