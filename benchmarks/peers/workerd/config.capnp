# A Durable Object namespace on local disk. Address, storage folder and the file below are given on the command line:
#   workerd serve config.capnp --socket-addr http=127.0.0.1:PORT --directory-path storage=FOLDER
using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "counter", worker = .counterWorker),
    (name = "storage", disk = (writable = true)),
  ],
  sockets = [(name = "http", http = (), service = "counter")],
);

const counterWorker :Workerd.Worker = (
  modules = [(name = "worker", esModule = embed "worker.js")],
  compatibilityDate = "2026-11-01",
  durableObjectNamespaces = [
    (className = "Counter", uniqueKey = "bench-counter", enableSql = true),
    (className = "Room", uniqueKey = "bench-room", enableSql = true),
    (className = "Sleeper", uniqueKey = "bench-sleeper", enableSql = true),
    (className = "Keeper", uniqueKey = "bench-keeper", enableSql = true),
  ],
  durableObjectStorage = (localDisk = "storage"),
  bindings = [
    (name = "counter", durableObjectNamespace = "Counter"),
    (name = "room", durableObjectNamespace = "Room"),
    (name = "sleeper", durableObjectNamespace = "Sleeper"),
    (name = "keeper", durableObjectNamespace = "Keeper"),
  ],
);
