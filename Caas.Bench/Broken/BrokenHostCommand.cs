using System.CommandLine;
using Caas.Adapters;
using Caas.Gateway;
using Caas.Realtime;
using Caas.ServiceDefaults;
using Microsoft.AspNetCore.Builder;

namespace Caas.Bench.Broken;

/// <summary>Hidden: the gateway or a replica, composed as in its own program, with one port wrapped so that it breaks a promise. Only for proving that the checker notices.</summary>
internal static class BrokenHostCommand
{
    public const string Name = "broken-host";

    public static Command Create()
    {
        var service = new Argument<string>("service").AcceptOnlyFromAmong(BreakKinds.GatewayHost, BreakKinds.RealtimeHost);
        var kind = new Argument<string>("break").AcceptOnlyFromAmong([.. BreakKinds.Names]);
        var command = new Command(Name, "Runs a service that is broken on purpose") { service, kind };
        command.Hidden = true;
        command.SetAction(parsed => HostRun.RunAsync(() => Build(parsed.GetValue(service)!, BreakKinds.Parse(parsed.GetValue(kind)!)), AdapterSelection.Explain));
        return command;
    }

    private static WebApplication Build(string service, BreakKind kind)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { ApplicationName = $"Caas.{service}", ContentRootPath = AppContext.BaseDirectory });
        builder.AddServiceDefaults();
        builder.AddCaasAdapters();
        if (service == BreakKinds.GatewayHost)
        {
            builder.AddGateway();
            builder.Services.Break(kind);
            var gateway = builder.Build();
            gateway.MapGateway();
            return gateway;
        }

        builder.AddRealtime();
        builder.Services.Break(kind);
        var realtime = builder.Build();
        realtime.MapRealtime();
        return realtime;
    }
}
