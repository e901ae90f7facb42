using Caas.Adapters;
using Caas.Realtime;
using Caas.ServiceDefaults;

return await HostRun.RunAsync(
    () =>
    {
        var builder = WebApplication.CreateBuilder(args);
        builder.AddServiceDefaults();
        builder.AddCaasAdapters();
        builder.AddRealtime();

        var app = builder.Build();
        app.MapRealtime();
        return app;
    },
    AdapterSelection.Explain);
