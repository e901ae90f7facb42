using Caas.Realtime;
using Caas.ServiceDefaults;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults();
builder.AddRealtime();

var app = builder.Build();
app.MapRealtime();
await app.RunAsync();
