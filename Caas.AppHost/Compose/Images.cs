using Aspire.Hosting.Docker.Resources.ComposeNodes;

namespace Caas.AppHost.Compose;

/// <summary>What the containers are made of.</summary>
internal static class Images
{
    /// <summary>The platform's version; its images carry it.</summary>
    public static string Version { get; } = typeof(Images).Assembly.GetName().Version!.ToString(3);

    /// <summary>Confluent's images: the last line with ZooKeeper.</summary>
    public const string ConfluentTag = "7.9.6";

    /// <summary>
    /// One of our own: built from the repository, without rights, on a file system that it cannot write. Its name is of this machine: compose first tries to
    /// pull what is missing, and whoever had the name in a public registry could put in an image that is then given the keys.
    /// </summary>
    /// <param name="dockerfile">Null: another service builds it; two that build one image get in each other's way.</param>
    public static Action<Service> Built(string name, string? dockerfile) => service =>
    {
        service.Image = $"localhost/caas/{name}:{Version}";
        service.Build = dockerfile is null ? null : new() { Context = ".", Dockerfile = dockerfile };
        service.ReadOnly = true;
        service.Tmpfs.Add("/tmp");
        service.SecurityOpt.Add("no-new-privileges:true");
        service.CapDrop.Add("ALL");
    };

    /// <summary>Aspire's Redis writes snapshots; what is queued between two of them is worth an append-only file. Through the image's entrypoint, which gives up root; full, it refuses before the engine kills it.</summary>
    public static void AppendOnlyRedis(Service redis)
    {
        redis.Entrypoint.Clear();
        redis.Command = ["sh", "-c", "exec docker-entrypoint.sh redis-server --requirepass \"$$REDIS_PASSWORD\" --appendonly yes --save 60 1 --maxmemory 384mb"];
    }
}
