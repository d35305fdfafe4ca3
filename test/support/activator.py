# Stands in for systemd: opens sockets, hands them to a program as descriptors from 3 on, and listens to what it
# reports. argv[1] is JSON: {"sockets": [[name, kind, host, port], …], "command": […], "env": {…}, "notify": path};
# kinds are tcp, udp, connected, file. One JSON line on stdout for each thing that happens. SIGUSR1 sends SIGTERM to
# the program, SIGUSR2 starts it again; the sockets stay open all the time.
import array, json, os, signal, socket, sys, threading

plan = json.loads(sys.argv[1])


def say(**event):
    sys.stdout.write(json.dumps(event) + "\n")
    sys.stdout.flush()


def opened(kind, host, port):
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    if kind == "file":
        return open("/etc/passwd")
    if kind == "udp":
        made = socket.socket(family, socket.SOCK_DGRAM)
        made.bind((host, port))
        return made
    made = socket.socket(family, socket.SOCK_STREAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if family == socket.AF_INET6:
        made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    made.bind((host, port))
    if kind == "tcp":
        made.listen(128)
    return made


def hear(path):
    heard = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    heard.bind(path)
    heard.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)

    def listen():
        while True:
            data, ancillary, _, _ = heard.recvmsg(4096, 1024)
            for level, kind, payload in ancillary:
                # The descriptor of BARRIER=1: closing it says that all before it has been read.
                if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
                    for fd in array.array("i", payload):
                        os.close(fd)
            say(event="notify", message=data.decode())

    threading.Thread(target=listen, daemon=True).start()


sockets = [(name, opened(kind, host, port)) for name, kind, host, port in plan["sockets"]]
say(event="bound", ports=[s.getsockname()[1] if isinstance(s, socket.socket) else 0 for _, s in sockets])
if plan.get("notify"):
    hear(plan["notify"])
child = 0


def start(*_):
    global child
    child = os.fork()
    if child:
        return
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    # From high up, so that none is in the way of another.
    high = [os.dup2(s.fileno(), 100 + index) for index, (_, s) in enumerate(sockets)]
    for index, fd in enumerate(high):
        os.dup2(fd, 3 + index, inheritable=True)
        os.close(fd)
    env = dict(os.environ, **plan.get("env", {}))
    if plan.get("notify"):
        env["NOTIFY_SOCKET"] = plan["notify"]
    if sockets:
        env["LISTEN_PID"] = str(os.getpid())
        env["LISTEN_FDS"] = str(len(sockets))
        env["LISTEN_FDNAMES"] = ":".join(name for name, _ in sockets)
    os.execvpe(plan["command"][0], plan["command"], env)


def main():
    global child
    signals = {signal.SIGUSR1, signal.SIGUSR2, signal.SIGCHLD, signal.SIGTERM, signal.SIGHUP}
    signal.pthread_sigmask(signal.SIG_BLOCK, signals)
    start()
    while True:
        got = signal.sigwait(signals)
        if got == signal.SIGUSR2:
            start()
        elif got == signal.SIGUSR1:
            os.kill(child, signal.SIGTERM)
        elif got == signal.SIGHUP:
            os.kill(child, signal.SIGHUP)
        elif got == signal.SIGTERM:
            if child:
                os.kill(child, signal.SIGKILL)
            sys.exit(0)
        else:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid:
                child = 0
                say(event="exit", code=os.waitstatus_to_exitcode(status))


main()
