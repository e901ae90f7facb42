using Aspire.Hosting.Docker.Resources.ComposeNodes;

namespace Caas.AppHost.Compose;

/// <summary>What the containers are made of.</summary>
internal static class Images
{
    /// <summary>The platform's version; its images carry it.</summary>
    public static string Version { get; } = typeof(Images).Assembly.GetName().Version!.ToString(3);

    /// <summary>Confluent's images: the last line with ZooKeeper.</summary>
    public const string ConfluentTag = "7.9.6";

    /// <summary>One of our own: built from the repository, without rights, on a file system that it cannot write.</summary>
    public static Action<Service> Built(string name, string dockerfile) => service =>
    {
        service.Image = $"caas/{name}:{Version}";
        service.Build = new() { Context = ".", Dockerfile = dockerfile };
        service.ReadOnly = true;
        service.Tmpfs.Add("/tmp");
        service.SecurityOpt.Add("no-new-privileges:true");
        service.CapDrop.Add("ALL");
        service.StopGracePeriod = "20s"; // it drains within 5 s
    };

    /// <summary>Aspire's Redis writes snapshots; what is queued between two of them is worth an append-only file.</summary>
    public static void AppendOnlyRedis(Service redis)
    {
        redis.Entrypoint.Clear();
        redis.Command = ["sh", "-c", "exec redis-server --requirepass \"$$REDIS_PASSWORD\" --appendonly yes --save 60 1"];
    }
}
