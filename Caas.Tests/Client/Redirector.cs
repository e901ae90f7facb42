using Caas.Tests.Realtime;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Caas.Tests.Client;

/// <summary>Sends clients to replicas, as the gateway does.</summary>
internal sealed class Redirector : IAsyncDisposable
{
    private readonly WebApplication _app;

    private int _redirected;

    private Redirector(WebApplication app) => _app = app;

    /// <summary>Where clients are sent to, one after the other.</summary>
    public IReadOnlyList<string> Targets { get; set; } = [];

    public int Redirected => _redirected;

    public Uri Url => new(Replicas.UrlOf(_app));

    public static async Task<Redirector> StartAsync(params string[] targets)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { EnvironmentName = "Test" });
        builder.Logging.ClearProviders();
        var redirector = new Redirector(builder.Build()) { Targets = targets };
        redirector._app.Urls.Add("http://127.0.0.1:0");
        redirector._app.MapPost("/realtime/negotiate", (HttpRequest request) => new
        {
            url = $"{redirector.Targets[Interlocked.Increment(ref redirector._redirected) % redirector.Targets.Count]}/realtime",
            accessToken = request.Headers.Authorization.ToString()["Bearer ".Length..],
        });
        await redirector._app.StartAsync(TestContext.Current.CancellationToken);
        return redirector;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
