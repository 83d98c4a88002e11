"""Several real Redis servers that stand in for each other: a cluster, or a master with sentinels.

tifo's user has our rights there and a password; nobody else has any but the inspector.
"""

from __future__ import annotations

import contextlib
import socket
import tempfile
from collections.abc import AsyncGenerator, Generator, Sequence
from pathlib import Path
from typing import Any

from redis.crc import key_slot
from redis.exceptions import RedisError

from core.embedded import ACL
from core.store import key
from tests.fakes.redis import PERSISTENT, RedisServer
from tests.waiting import wait_until

NODE_TIMEOUT = 1500
"""Milliseconds of silence after which a server counts as dead."""

NAME = "fans"
"""What the sentinels call the master."""

LOGIN = "tifo:pass%20word"
SENTINEL_RIGHTS = Path("deploy/sentinel.acl").read_text().strip()
_SLOT = key_slot(key("ready").encode())
_DATA = (
    *PERSISTENT,
    *("user default off", f'user tifo on ">pass word" ~tifo:* {ACL}'),
    *("masteruser inspector", "masterauth x", "repl-diskless-sync-delay 0"),
    "repl-ping-replica-period 1",
)


class Cluster:
    """Three masters with the slots in three parts, each with one replica."""

    def __init__(self, folders: Sequence[Path]) -> None:
        ports = free_ports(12)
        self.nodes = [
            RedisServer(
                folder,
                port=ports[number],
                rows=(
                    *_DATA,
                    *("cluster-enabled yes", f"cluster-node-timeout {NODE_TIMEOUT}"),
                    f"cluster-port {ports[number + 6]}",
                ),
            )
            for number, folder in enumerate(folders)
        ]
        # Two of six: the others are found out.
        seeds = ",".join(f"127.0.0.1:{node.port}" for node in self.nodes[1:3])
        self.url = f"redis+cluster://{LOGIN}@{seeds}"

    async def join(self) -> None:
        """Make one cluster of the servers that run."""
        masters, replicas = self.nodes[:3], self.nodes[3:]
        for number, (first, last) in enumerate(((0, 5460), (5461, 10922), (10923, 16383))):
            await _say(masters[number], "CLUSTER", "SET-CONFIG-EPOCH", number + 1)
            await _say(masters[number], "CLUSTER", "ADDSLOTSRANGE", first, last)
        for node in self.nodes[1:]:
            await _say(self.nodes[0], "CLUSTER", "MEET", "127.0.0.1", node.port, _bus(node))
        await wait_until(self._all_know_all, timeout=20)
        for master, replica in zip(masters, replicas, strict=True):
            await _say(replica, "CLUSTER", "REPLICATE", await _say(master, "CLUSTER", "MYID"))
        await wait_until(self._is_whole, timeout=30)

    async def master(self) -> RedisServer:
        """Return the server that has our keys."""
        for node in self.nodes:
            with contextlib.suppress(RedisError, OSError):
                for first, last, server, *_ in await _say(node, "CLUSTER", "SLOTS"):
                    if first <= _SLOT <= last:
                        return next(n for n in self.nodes if n.port == server[1])
        raise AssertionError("nobody has our keys")

    async def _all_know_all(self) -> bool:
        return all([await _knows(node, len(self.nodes)) for node in self.nodes])

    async def _is_whole(self) -> bool:
        for node in self.nodes:
            if "cluster_state:ok" not in await _say(node, "CLUSTER", "INFO"):
                return False
        return all([await _follows(replica) for replica in self.nodes[3:]])


class Watched:
    """A master and a replica, watched by three sentinels."""

    def __init__(self, folders: Sequence[Path]) -> None:
        ports = free_ports(5)
        self.nodes = [
            RedisServer(folder, port=port, rows=_DATA)
            for folder, port in zip(folders[:2], ports[:2], strict=True)
        ]
        watch = (
            *(f"sentinel monitor {NAME} 127.0.0.1 {ports[0]} 2", "protected-mode no"),
            f"sentinel down-after-milliseconds {NAME} {NODE_TIMEOUT}",
            *(f"sentinel failover-timeout {NAME} 3000", f"sentinel auth-user {NAME} inspector"),
            *(f"sentinel auth-pass {NAME} x", "sentinel sentinel-user inspector"),
            *("sentinel sentinel-pass x", "user default off"),
            SENTINEL_RIGHTS.replace(">CHANGE-ME", '">pass word"'),
        )
        self.sentinels = [
            RedisServer(folder, port=port, rows=watch, is_sentinel=True)
            for folder, port in zip(folders[2:], ports[2:], strict=True)
        ]
        seeds = ",".join(f"127.0.0.1:{sentinel.port}" for sentinel in self.sentinels)
        self.url = f"redis+sentinel://{LOGIN}@{seeds}/{NAME}/0"

    async def follow(self) -> None:
        """Make the second server follow the first."""
        replica = self.nodes[1]
        await _say(replica, "REPLICAOF", "127.0.0.1", self.nodes[0].port)
        await wait_until(lambda: _follows(replica), timeout=20)

    async def meet(self) -> None:
        """Wait until the sentinels know each other and the replica."""
        await wait_until(self._is_whole, timeout=30)

    async def master(self) -> RedisServer:
        """Return the server that has our keys."""
        _, port = await _say(self.sentinels[0], "SENTINEL", "GET-MASTER-ADDR-BY-NAME", NAME)
        return next(node for node in self.nodes if node.port == int(port))

    async def _is_whole(self) -> bool:
        for sentinel in self.sentinels:
            state = await _say(sentinel, "SENTINEL", "MASTER", NAME)
            if int(state["num-other-sentinels"]) < 2 or int(state["num-slaves"]) < 1:
                return False
        return True


@contextlib.asynccontextmanager
async def redis_cluster() -> AsyncGenerator[Cluster]:
    """Run a cluster of six servers."""
    with _folders(6) as folders:
        cluster = Cluster(folders)
        async with _running(cluster.nodes):
            await cluster.join()
            yield cluster


@contextlib.asynccontextmanager
async def redis_sentinel() -> AsyncGenerator[Watched]:
    """Run a master, a replica and three sentinels."""
    with _folders(5) as folders:
        watched = Watched(folders)
        async with _running(watched.nodes):
            await watched.follow()
            async with _running(watched.sentinels):
                await watched.meet()
                yield watched


async def _say(server: RedisServer, *command: str | int) -> Any:
    return await server.inspector.execute_command(*command)


async def _knows(server: RedisServer, count: int) -> bool:
    return len((await _say(server, "CLUSTER", "NODES")).splitlines()) == count


async def _follows(replica: RedisServer) -> bool:
    info = await replica.inspector.info("replication")
    return info["role"] == "slave" and info["master_link_status"] == "up"


def _bus(node: RedisServer) -> int:
    return int(next(row.split()[1] for row in node.rows if row.startswith("cluster-port")))


@contextlib.asynccontextmanager
async def _running(servers: Sequence[RedisServer]) -> AsyncGenerator[None]:
    try:
        for server in servers:
            await server.start()
        yield
    finally:
        for server in servers:
            await server.stop()


@contextlib.contextmanager
def _folders(count: int) -> Generator[list[Path]]:
    with tempfile.TemporaryDirectory(prefix="tifo-") as top:
        folders = [Path(top) / str(number) for number in range(count)]
        for folder in folders:
            folder.mkdir()
        yield folders


def free_ports(count: int) -> list[int]:
    """Return ports that nobody uses at the moment."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
