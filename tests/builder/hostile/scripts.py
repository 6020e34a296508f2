"""Attacks as JavaScript, run in the place of generated code: each must be refused, or gain nothing.

`T` is what they aim at: see `world.Targets`. An attack that throws was refused; `gains` throws unless its
argument is something that nobody in a sandbox should have.
"""

# By group of what is attacked; name and code of each.
SCRIPTS: dict[str, dict[str, str]] = {
    "paths": {
        "read /etc/passwd": "return fs.readFileSync('/etc/passwd', 'utf8');",
        "list the machine's root": "return gains(fs.readdirSync('/').includes('etc'));",
        "read a secret": "return fs.readFileSync(T.secret, 'utf8');",
        "read it by going up": "return fs.readFileSync('../../../../../../../..' + T.secret, 'utf8');",
        "read it by a file URL": "return fs.readFileSync(new URL('file://' + T.secret), 'utf8');",
        "import it": "return await import(T.secret);",
        "open it in place": "return fs.openSync(T.secret, 'r+');",
        "append to it": "return fs.appendFileSync(T.secret, 'x');",
        "empty it": "return fs.truncateSync(T.secret);",
        "empty it while reading": "return fs.openSync(T.secret, fs.constants.O_TRUNC);",
        "delete it": "return fs.unlinkSync(T.secret);",
        "move it": "return fs.renameSync(T.secret, T.secret + '.moved');",
        "copy it": "return fs.copyFileSync(T.secret, 'stolen');",
        "plant a file": "return fs.writeFileSync(T.folder + '/planted', 'x');",
        "plant a folder": "return fs.mkdirSync(T.folder + '/planted');",
        "list a folder": "return fs.readdirSync(T.folder);",
        "walk a folder": "return gains([...fs.globSync(T.folder + '/**')].length > 1);",
        "list a home": "return fs.readdirSync(T.home);",
        "take a key": "return fs.readFileSync(T.home + '/.npmrc', 'utf8');",
    },
    "links": {
        "symbolic link": "fs.symlinkSync(T.secret, 'link'); return fs.readFileSync('link', 'utf8');",
        "symbolic link in the output":
            "fs.mkdirSync('dist', {recursive: true}); return fs.symlinkSync(T.secret, 'dist/stolen.txt');",
        "symbolic link of a folder": "fs.symlinkSync('/', 'up'); return fs.readdirSync('up' + T.folder);",
        "hard link": "return fs.linkSync(T.secret, 'hard');",
        "hard link of a package":
            "fs.linkSync('node_modules/pkg/index.js', 'hard.js'); return fs.appendFileSync('hard.js', 'x');",
    },
    "proc": {
        "environment of the first process": "return fs.readFileSync('/proc/1/environ', 'utf8');",
        "environment of the builder": "return fs.readFileSync(`/proc/${T.builder}/environ`, 'utf8');",
        "command line of the builder": "return fs.readFileSync(`/proc/${T.builder}/cmdline`, 'utf8');",
        "memory of the builder": "return fs.openSync(`/proc/${T.builder}/mem`, 'r+');",
        "files of the builder": "return fs.readdirSync(`/proc/${T.builder}/fd`);",
        "folder of the builder": "return fs.readlinkSync(`/proc/${T.builder}/cwd`);",
        "root of the first process": "return fs.readFileSync('/proc/1/root/etc/passwd', 'utf8');",
        "paths of the machine": "return fs.readFileSync('/proc/self/mountinfo', 'utf8');",
        "other processes":
            "return gains(fs.readdirSync('/proc').filter((name) => /^\\d+$/.test(name)).length > 4);",
        "pattern of core files": "return fs.writeFileSync('/proc/sys/kernel/core_pattern', '|/bin/sh');",
        "system request": "return fs.writeFileSync('/proc/sysrq-trigger', 'h');",
        "local sockets": "return fs.readFileSync('/proc/net/unix', 'utf8');",
        "control groups": "return fs.readdirSync('/sys/fs/cgroup');",
        "out of memory score": "return fs.writeFileSync('/proc/self/oom_score_adj', '-1000');",
    },
    "secrets": {
        "environment": "return gains(JSON.stringify(process.env).includes('hunter2'));",
        "own environment as it began":
            "return gains(fs.readFileSync('/proc/self/environ', 'utf8').includes('hunter2'));",
        "arguments": "return gains(process.argv.join().includes('hunter2'));",
        "rights of root": "return gains(process.getuid() === 0);",
        "become root": "return process.setuid(0);",
        "become root's group": "return process.setgid(0);",
        "take groups": "return process.setgroups([0]);",
    },
    "network": {
        "server on loopback": "return await connected(net.connect(T.port, '127.0.0.1'));",
        "server on loopback by IPv6": "return await connected(net.connect(T.port, '::1'));",
        "the internet": "return await connected(net.connect(53, '1.1.1.1'));",
        "datagram": "return await sent(dgram.createSocket('udp4'), T.port);",
        "name": "return await dns.promises.resolve4('example.com');",
        "fetch": "return await (await fetch(`http://127.0.0.1:${T.port}/`)).text();",
        "serve": "return await listening(net.createServer(), {port: 0, host: '127.0.0.1'});",
        "local socket": "return await connected(net.connect(T.socket));",
        "abstract socket": "return await connected(net.connect('\\0' + T.abstract));",
        "take an abstract name": "return await listening(net.createServer(), '\\0' + T.name);",
        "local socket of its own": "return await listening(net.createServer(), 'own.sock');",
        "list interfaces":
            "return gains(Object.keys(os.networkInterfaces()).length > 0);",
        "debugger": "inspector.open(0, '127.0.0.1'); return gains(inspector.url() !== undefined);",
    },
    "processes": {
        "itself again": "return ran(cp.spawnSync(process.execPath, ['-e', '1']));",
        "shell": "return ran(cp.spawnSync('/bin/sh', ['-c', 'id']));",
        "npm script": "return ran(cp.spawnSync('npm', ['run', 'build'], {shell: true}));",
        "program of a package": "return ran(cp.spawnSync('node_modules/pkg/tool', []));",
        "program of its own":
            "fs.writeFileSync('tool', '#!/bin/sh', {mode: 0o755}); return ran(cp.spawnSync('./tool'));",
        "a worker process": "return await settled(cp.fork('own.mjs'), 'spawn');",
        "end a neighbour": "return process.kill(T.victim, 'SIGTERM');",
        "stop a neighbour": "return process.kill(T.victim, 'SIGSTOP');",
        "reach the builder": "return process.kill(T.builder, 0);",
        "reach its parent": "return process.kill(process.ppid, 0);",
        "reach everybody": "return process.kill(-1, 0);",
        "debug a neighbour": "return process._debugProcess(T.victim);",
        "go first": "return os.setPriority(0, -20);",
        "hold back a neighbour": "return os.setPriority(T.victim, 19);",
    },
    "shared packages": {
        "change a package": "return fs.appendFileSync('node_modules/pkg/index.js', '// mine');",
        "add a package": "return fs.mkdirSync('node_modules/mine');",
        "take a package away": "return fs.rmSync('node_modules/pkg', {recursive: true});",
        "rename a package": "return fs.renameSync('node_modules/pkg', 'node_modules/gkp');",
        "replace a package":
            "fs.writeFileSync('evil.js', 'x'); return fs.renameSync('evil.js', 'node_modules/pkg/index.js');",
        "empty a package": "return fs.truncateSync('node_modules/pkg/index.js');",
        "watch the packages": "fs.watch('node_modules/pkg').close(); return 'watching';",
        "change by descriptor":
            "const fd = fs.openSync('node_modules/pkg/index.js', 'r'); return fs.ftruncateSync(fd, 0);",
        "own the packages": "return fs.chownSync('node_modules/pkg/index.js', process.getuid(), 0);",
    },
    "others' work": {
        "read a neighbour's file": "return fs.readFileSync(T.neighbour + '/app/App.tsx', 'utf8');",
        "list a neighbour's folder": "return fs.readdirSync(T.neighbour + '/app');",
        "list all work": "return fs.readdirSync(T.work);",
        "plant in a neighbour's folder": "return fs.writeFileSync(T.neighbour + '/app/planted', 'x');",
        "read the cache of npm": "return fs.readFileSync(T.cache + '/npm/index', 'utf8');",
        "poison the cache of npm": "return fs.writeFileSync(T.cache + '/npm/index', 'x');",
    },
    "devices": {
        "terminals": "return fs.openSync('/dev/ptmx', 'r+');",
        "the terminal": "return fs.openSync('/dev/tty', 'r+');",
        "list terminals": "return fs.readdirSync('/dev/pts');",
        "memory": "return fs.openSync('/dev/mem', 'r');",
        "kernel's log": "return fs.openSync('/dev/kmsg', 'r');",
        "disk": "return fs.openSync(T.disk, 'r');",
        "shared memory": "return fs.openSync('/dev/fuse', 'r+');",
    },
}  # fmt: skip

# These may seem to succeed, within the sandbox or by doing nothing; what they aim at is looked at afterwards.
SILENT = {
    "modes of a secret": "fs.chmodSync(T.secret, 0o777);",
    "times of a secret": "fs.utimesSync(T.secret, 1, 1);",
    "modes of a package": "fs.chmodSync('node_modules/pkg/index.js', 0);",
    "modes by descriptor": "fs.fchmodSync(fs.openSync('node_modules/pkg/index.js', 'r'), 0);",
    "times of a package": "fs.utimesSync('node_modules/pkg/index.js', 1, 1);",
    "file of all in /tmp": "fs.writeFileSync('/tmp/' + T.name, 'x');",
    "file of all in /dev/shm": "fs.writeFileSync('/dev/shm/' + T.name, 'x');",
    "file of all in /var/tmp": "fs.writeFileSync('/var/tmp/' + T.name, 'x');",
    "program with its owner's rights": "fs.writeFileSync('suid', 'x', {mode: 0o4755});",
}

HEAD = """
import cp from "node:child_process";
import dgram from "node:dgram";
import dns from "node:dns";
import fs from "node:fs";
import inspector from "node:inspector";
import net from "node:net";
import os from "node:os";
const T = %s;
process.chdir(process.argv[2]);
const gains = (gained) => { if (!gained) throw new Error("gains nothing"); return "gained"; };
const ran = ({ error, status }) => { if (error) throw error; return `ran: ${status}`; };
const settled = (emitter, event) => new Promise((resolve, reject) => {
  emitter.on("error", reject);
  emitter.on(event, () => resolve(event));
  setTimeout(() => reject(new Error("no answer")), 2000).unref();
});
const connected = (socket) => settled(socket, "connect");
const listening = (server, address) => settled(server.listen(address), "listening");
const sent = (socket, port) => new Promise((resolve, reject) => {
  socket.on("error", reject);
  socket.send("x", port, "127.0.0.1", (error) => (error ? reject(error) : resolve("sent")));
});
process.on("uncaughtException", () => {});
const attempt = async (name, work) => {
  let answer;
  try { answer = ["done", String(await work())]; }
  catch (error) { answer = ["refused", String(error.code ?? error.message)]; }
  console.log("FOUND " + JSON.stringify([name, ...answer]));
};
"""


def script(attacks: dict[str, str], targets: str) -> str:
    """A module that tries them one after the other."""
    tries = "".join(f"await attempt({name!r}, async () => {{ {code} }});\n" for name, code in attacks.items())
    return f"{HEAD % targets}{tries}process.exit(0);\n"
