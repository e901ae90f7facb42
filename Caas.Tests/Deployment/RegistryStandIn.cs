using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Caas.Tests.Deployment;

/// <summary>As much of a schema registry as a registration asks for: rules of subjects, and versions of schemas. What is registered twice is one version.</summary>
internal sealed class RegistryStandIn : IAsyncDisposable
{
    private readonly WebApplication _app;
    private int _failures;

    private RegistryStandIn(WebApplication app) => _app = app;

    public string Url => _app.Urls.Single();

    /// <summary>The rule of each subject.</summary>
    public ConcurrentDictionary<string, string> Rules { get; } = [];

    /// <summary>The schemas of each subject, as texts.</summary>
    public ConcurrentDictionary<string, IReadOnlyList<string>> Versions { get; } = [];

    /// <summary>The subject whose next version does not fit.</summary>
    public string? Incompatible { get; set; }

    /// <param name="failures">How many requests fail first.</param>
    public static async Task<RegistryStandIn> StartAsync(int failures = 0)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var registry = new RegistryStandIn(app) { _failures = failures };
        app.Run(registry.AnswerAsync);
        await app.StartAsync(TestContext.Current.CancellationToken);
        return registry;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        if (Interlocked.Decrement(ref _failures) >= 0)
        {
            context.Response.StatusCode = 500;
            return;
        }

        using var reader = new StreamReader(context.Request.Body);
        var body = JsonNode.Parse(await reader.ReadToEndAsync(context.RequestAborted))!.AsObject();
        context.Response.StatusCode = context.Request.ContentType == "application/vnd.schemaregistry.v1+json" ? 200 : 415;
        switch (context.Request.Method, context.Request.Path.Value!.Trim('/').Split('/'))
        {
            case ("PUT", ["config", var subject]):
                Rules[subject] = (string)body["compatibility"]!;
                break;
            case ("POST", ["subjects", var subject, "versions"]) when subject == Incompatible:
                context.Response.StatusCode = 409;
                await context.Response.WriteAsync("""{"error_code":409,"message":"Schema being registered is incompatible with an earlier schema"}""", context.RequestAborted);
                break;
            case ("POST", ["subjects", var subject, "versions"]):
                Assert.Equal("JSON", (string?)body["schemaType"]);
                var schema = (string)body["schema"]!;
                Versions.AddOrUpdate(subject, [schema], (_, others) => others.Contains(schema) ? others : [.. others, schema]);
                await context.Response.WriteAsync("""{"id":1}""", context.RequestAborted);
                break;
            default:
                context.Response.StatusCode = 404;
                break;
        }
    }
}
