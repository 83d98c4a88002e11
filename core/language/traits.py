"""What no table learns: words that are at home everywhere, names, varieties. Data only."""

from __future__ import annotations

NEUTRAL = (
    "ok okay oke okey okej k hm hmm hmmm mm mhm ah oh eh uh ooh wow yo gg ggwp wp gl glhf ez vs vip "
    "pls plz omg hey lol lmao rofl xd xdd haha hahaha hehe hihi ole olé gol goal ff afk brb hf nt f "
    "w l d p o x xo fc cf ac sc tv vr var dm id ping test ha he la na o/ hi5 wtf afaik imo up bot"
)
"""Words that say nothing of a language."""

NAMES = (
    "messi ronaldo neymar mbappe mbappé haaland maradona pele pelé modric modrić salah kane vinicius "
    "vini bellingham lewandowski benzema griezmann pedri gavi yamal lamine rodri saka foden palmer "
    "musiala wirtz kimmich müller neuer courtois alisson ederson son kubo mitoma osimhen lukaku "
    "hakimi mane mané zidane beckham ibrahimovic zlatan guardiola klopp mourinho ancelotti federer "
    "nadal djokovic alcaraz sinner verstappen hamilton leclerc lebron curry jokic doncic faker "
    "barcelona barça barca fcb madrid real atletico atlético getafe sevilla valencia villarreal betis "
    "girona bilbao athletic juventus juve milan inter roma napoli lazio atalanta fiorentina bayern "
    "dortmund bvb leverkusen leipzig schalke psg marseille lyon lille monaco ajax psv feyenoord "
    "benfica porto sporting arsenal chelsea liverpool everton tottenham spurs united city newcastle "
    "villa celtic rangers galatasaray fenerbahçe fenerbahce beşiktaş besiktas boca river flamengo "
    "palmeiras corinthians santos fluminense chivas america américa nacional hilal nassr ittihad "
    "ahly zamalek persib persija dinamo dynamo spartak zenit shakhtar olympiacos panathinaikos "
    "uefa fifa nba nfl nhl mlb ufc f1 premier champions league liga bundesliga serie ligue "
    "t1 fnatic navi g2 faze liquid vitality tifo"
)
"""People and clubs that everyone writes alike; alone they are no language."""

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
