using Caas.Adapters;
using Caas.Gateway;
using Caas.ServiceDefaults;

return await HostRun.RunAsync(
    () =>
    {
        var builder = WebApplication.CreateBuilder(args);
        builder.AddServiceDefaults();
        builder.AddCaasAdapters();
        builder.AddGateway();

        var app = builder.Build();
        app.MapGateway();
        return app;
    },
    AdapterSelection.Explain);
