using Aspire.Hosting.Docker.Resources.ServiceNodes;

namespace Caas.AppHost.Compose;

/// <summary>How each kind of container is asked whether it can be used, with tools that its image has. Each service gets one of its own: shared ones become anchors in YAML.</summary>
internal static class Health
{
    // By its own name and not by localhost: the image's first start runs a temporary server that listens on localhost only.
    public static Healthcheck MongoDb => Shell("""HOME=/tmp mongosh --quiet "mongodb://$$HOSTNAME:27017/?directConnection=true" --eval "db.adminCommand('ping').ok" | grep -q 1""", startPeriod: "30s", interval: "20s");

    public static Healthcheck Redis => Shell("""REDISCLI_AUTH="$$REDIS_PASSWORD" redis-cli ping | grep -q PONG""", startPeriod: "5s");

    // By bash itself: newer images of this line have no nc.
    public static Healthcheck ZooKeeper => Shell("""bash -c 'exec 3<>/dev/tcp/localhost/2181 && echo srvr >&3 && grep -q Mode <&3'""", startPeriod: "20s");

    public static Healthcheck Kafka => Shell("""KAFKA_HEAP_OPTS=-Xmx128m kafka-broker-api-versions --bootstrap-server "$$HOSTNAME:29092" >/dev/null 2>&1""", startPeriod: "40s", interval: "20s", timeout: "20s");

    /// <summary>An answer of 200 on this path, by curl.</summary>
    public static Healthcheck Http(int port, string path = "/health") => Of(["CMD", "curl", "-fsS", "-o", "/dev/null", $"http://127.0.0.1:{port}{path}"], "20s", "10s", "5s");

    /// <summary>Something listens on the port: for the tools, whose images have nothing better in common.</summary>
    public static Healthcheck Listens(int port) => Shell($"nc -z 127.0.0.1 {port}", startPeriod: "30s");

    private static Healthcheck Shell(string command, string startPeriod, string interval = "10s", string timeout = "10s") => Of(["CMD-SHELL", command], startPeriod, interval, timeout);

    private static Healthcheck Of(List<string> test, string startPeriod, string interval, string timeout) =>
        new() { Test = test, Interval = interval, Timeout = timeout, Retries = 6, StartPeriod = startPeriod };
}
