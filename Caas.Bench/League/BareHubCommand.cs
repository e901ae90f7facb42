using System.CommandLine;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace Caas.Bench.League;

/// <summary>Hidden: a bare SignalR hub as a process of its own, for the league. It runs until it is killed.</summary>
internal static class BareHubCommand
{
    public const string Name = "bare-hub";

    public static Command Create()
    {
        var port = new Option<int>("--port") { Required = true };
        var redis = new Option<string>("--redis") { Required = true };
        var command = new Command(Name, "Runs a bare SignalR hub with the Redis backplane") { port, redis };
        command.Hidden = true;
        command.SetAction(async (parsed, _) =>
        {
            await using var app = Build(parsed.GetValue(port), parsed.GetValue(redis)!);
            await app.RunAsync();
            return 0;
        });
        return command;
    }

    private static WebApplication Build(int port, string redis)
    {
        // As the services' own hosts: Kestrel as it comes, on all addresses.
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.WebHost.UseUrls(FormattableString.Invariant($"http://*:{port}"));
        builder.Services.AddSignalR().AddStackExchangeRedis(redis);
        var app = builder.Build();
        app.MapGet("/health", () => "ok");
        app.MapHub<BareHub>("/realtime");
        return app;
    }
}
