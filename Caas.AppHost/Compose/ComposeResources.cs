using Aspire.Hosting.Docker.Resources.ComposeNodes;
using Aspire.Hosting.Docker.Resources.ServiceNodes;
using Aspire.Hosting.Docker.Resources.ServiceNodes.Swarm;

namespace Caas.AppHost.Compose;

/// <summary>The address of a service on the stack's network. Aspire's compose model has no place for it (<see cref="ComposeFinish"/>).</summary>
internal sealed record AddressAnnotation(string Address) : IResourceAnnotation;

/// <summary>What the compose file says of a resource beyond what Aspire makes of it. Without effect when the model runs.</summary>
internal static class ComposeResources
{
    /// <summary>Where the repository is, seen from this project.</summary>
    private const string Repository = "..";

    /// <param name="resource">What becomes a service.</param>
    /// <param name="address">Its IPv4 address on the network.</param>
    /// <param name="memory">The most that it may use, such as <c>512m</c>; beyond it the engine kills it.</param>
    /// <param name="health">How its health is asked; who depends on it waits for that.</param>
    /// <param name="ports">Published ports. What is not the platform itself is published to this machine only.</param>
    /// <param name="stops">How long it has to stop before it is killed.</param>
    /// <param name="once">Whether it does its work and ends.</param>
    /// <param name="profile">Starts only when this profile is asked for.</param>
    /// <param name="tmpfs">Folders in memory.</param>
    /// <param name="configure">What else is special.</param>
    public static IResourceBuilder<T> InCompose<T>(
        this IResourceBuilder<T> resource, string address, string memory, Healthcheck? health = null, IReadOnlyList<string>? ports = null,
        string stops = "20s", bool once = false, string? profile = null, IReadOnlyList<string>? tmpfs = null, Action<Service>? configure = null)
        where T : IComputeResource => resource
        .WithAnnotation(new AddressAnnotation(address))
        .PublishAsDockerComposeService((_, service) =>
        {
            service.Image = service.Image?.Replace("docker.io/library/", "", StringComparison.Ordinal).Replace("docker.io/", "", StringComparison.Ordinal);
            service.Hostname = service.Name;
            service.Restart = once ? "no" : "unless-stopped";
            service.Healthcheck = health;
            service.StopGracePeriod = stops;
            service.Ports = [.. ports ?? []];
            service.Expose.Clear();
            service.Tmpfs.AddRange(tmpfs ?? []);
            service.Profiles = profile is null ? [] : [profile];
            service.Deploy = new Deploy { Resources = new() { Limits = new() { Memory = memory } } };
            service.Logging = new() { Driver = "json-file", Options = { ["max-size"] = "10m", ["max-file"] = "3" } };

            // What Aspire tells a project of its own dashboard, which this file does not have.
            foreach (var name in service.Environment.Keys.Where(name => name.StartsWith("OTEL_", StringComparison.Ordinal)).ToArray())
            {
                service.Environment.Remove(name);
            }

            configure?.Invoke(service);
        });

    /// <summary>A file of the repository, read-only in the container.</summary>
    public static IResourceBuilder<T> WithFile<T>(this IResourceBuilder<T> container, string file, string target) where T : ContainerResource =>
        container.ApplicationBuilder.ExecutionContext.IsRunMode
            ? container.WithBindMount(Path.Combine(Repository, file), target, isReadOnly: true)
            : container.PublishAsDockerComposeService((_, service) => service.AddVolume(new() { Name = target, Type = "bind", Source = $"./{file}", Target = target, ReadOnly = true }));

    /// <summary>A volume that stays. The running model has its own, so that it never meets data made with other passwords.</summary>
    public static IResourceBuilder<T> WithNamedVolume<T>(this IResourceBuilder<T> container, string name, string target) where T : ContainerResource =>
        container.WithVolume(container.ApplicationBuilder.ExecutionContext.IsRunMode ? $"caas_run_{name}" : name, target);

    /// <summary>Waits for all of them: until they are healthy, or until they run.</summary>
    public static IResourceBuilder<T> WaitForAll<T>(this IResourceBuilder<T> resource, IEnumerable<IResourceBuilder<IResource>> others, bool healthy = true)
        where T : IResourceWithWaitSupport =>
        others.Aggregate(resource, (waiting, other) => healthy ? waiting.WaitFor(other) : waiting.WaitForStart(other));

    /// <summary>The node of a replica set that authenticates its members by a key.</summary>
    public static IResourceBuilder<T> AsReplicaSetMember<T>(this IResourceBuilder<T> node, Settings settings) where T : ContainerResource => node
        .WithImage("mongo", "7.0")
        .WithEntrypoint("bash")
        .WithArgs("/etc/caas/start-node.sh")
        .WithFile("init/mongodb/start-node.sh", "/etc/caas/start-node.sh")
        .WithFile("init/mongodb/mongo-keyfile", "/etc/caas/mongo-keyfile")
        .WithEnvironment("MONGO_ROOT_PASSWORD", settings.MongoRootPassword);

    /// <summary>The push providers' settings, as <c>Caas:Push:…</c>.</summary>
    public static IResourceBuilder<T> WithPushSettings<T>(this IResourceBuilder<T> service, Settings settings) where T : IResourceWithEnvironment =>
        settings.Push.Aggregate(service, (with, push) => with.WithEnvironment($"Caas__Push__{push.Setting}", push.Value));
}
