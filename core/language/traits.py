"""What no table learns: words that are at home everywhere, names, varieties. Data only."""

from __future__ import annotations

NEUTRAL = (
    "ok okay oke okey okej k hm hmm hmmm mm mhm ah oh eh uh ooh wow yo gg ggwp wp gl glhf ez "
    "vs vip pls plz omg hey lol lmao rofl xd xdd haha hahaha hehe hihi ole olé gol ff afk brb "
    "hf nt f w l d p o x xo fc cf ac sc tv vr var dm ping o/ hi5 wtf"
)
"""Words that say nothing of a language."""

NAMES = (
    "messi ronaldo neymar mbappe mbappé haaland maradona pele pelé modric modrić salah "
    "vinicius vini bellingham lewandowski benzema griezmann pedri gavi yamal lamine rodri saka "
    "foden musiala wirtz kimmich müller neuer courtois alisson ederson kubo mitoma osimhen "
    "lukaku hakimi mané zidane beckham ibrahimovic zlatan guardiola klopp mourinho ancelotti "
    "federer nadal djokovic alcaraz verstappen leclerc lebron jokic doncic barcelona barça "
    "barca fcb atletico atlético getafe sevilla villarreal betis bilbao juventus juve milan "
    "napoli lazio atalanta fiorentina bayern dortmund bvb leverkusen leipzig schalke psg "
    "marseille lyon lille monaco ajax psv feyenoord benfica arsenal chelsea liverpool "
    "tottenham newcastle rangers galatasaray fenerbahçe fenerbahce beşiktaş besiktas boca "
    "flamengo palmeiras corinthians fluminense hilal nassr ittihad ahly zamalek persib persija "
    "dinamo dynamo spartak zenit shakhtar panathinaikos uefa fifa nba nfl nhl mlb ufc f1 liga "
    "bundesliga t1 fnatic g2 tifo"
)
"""People and clubs that everyone writes alike; alone they are no language."""

CAPITAL_NAMES = (
    "real united city son inter river villa porto sporting league champions santos nacional "
    "athletic spurs navi liquid vitality faker faze sinner kane palmer curry mane premier "
    "serie ligue girona valencia roma everton america américa hamilton celtic olympiacos "
    "chivas madrid"
)
"""Names that are words as well, in small letters."""

VARIETIES = {
    "pt-BR": frozenset(
        "você vocês vc vcs time goleiro gol ônibus celular legal cara mano torcida gramado "
        "ingresso ingressos esporte tô bora né valeu zagueiro escanteio a gente".split()
    ),
    "pt-PT": frozenset(
        "tu estás tens queres golo golos guarda-redes equipa autocarro telemóvel fixe gajo pá "
        "adeptos relvado bilhete bilhetes desporto bué giro pontapé canto estou vós".split()
    ),
}
"""Words that one variety has and the other says otherwise."""
