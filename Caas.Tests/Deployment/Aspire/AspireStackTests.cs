using System.Diagnostics;
using Aspire.Hosting.Testing;
using Caas.Tests.Hosts;
using Xunit;

namespace Caas.Tests.Deployment.Aspire;

/// <summary>The running model, with real containers: where a container engine answers.</summary>
public sealed class AspireStackTests
{
    private const string AdminKey = "an-admin-key-of-forty-characters-for-tests";

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_message_goes_from_replica_to_replica()
    {
        Assert.SkipUnless(await EngineAnswersAsync(), "No container engine answers ('docker info'); the model and what it publishes were tested without.");

        await using var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.Caas_AppHost>([$"--Parameters:caas-admin-key={AdminKey}"], Cancelled);
        await using var application = await builder.BuildAsync(Cancelled);
        await application.StartAsync(Cancelled).WaitAsync(TimeSpan.FromMinutes(5), Cancelled);
        foreach (var service in (string[])["gateway", "socket-service-1", "socket-service-2"])
        {
            await application.ResourceNotifications.WaitForResourceHealthyAsync(service, Cancelled).WaitAsync(TimeSpan.FromMinutes(5), Cancelled);
        }

        // Its volumes stay from run to run: each run is a tenant of its own.
        using var walk = new Walk(new Uri("http://localhost:3000"), [new Uri("http://localhost:3002"), new Uri("http://localhost:3003")], AdminKey, $"run-{Guid.NewGuid():n}"[..20]);
        await walk.PrepareAsync();
        await walk.TwoUsersOnTwoReplicasAsync();
    }

    private static async Task<bool> EngineAnswersAsync()
    {
        if (!Scripts.Has("docker"))
        {
            return false;
        }

        using var docker = Process.Start(new ProcessStartInfo("docker", "info") { RedirectStandardOutput = true, RedirectStandardError = true })!;
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        bound.CancelAfter(TimeSpan.FromSeconds(20));
        try
        {
            await docker.WaitForExitAsync(bound.Token);
            return docker.ExitCode == 0;
        }
        catch (OperationCanceledException) when (!Cancelled.IsCancellationRequested)
        {
            docker.Kill();
            return false;
        }
    }
}
