namespace Caas.Gateway.Hosting;

/// <summary>Says in the log when the gateway begins and ends to serve.</summary>
internal sealed partial class GatewayLog(IHostApplicationLifetime lifetime, ILogger<GatewayLog> logger) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        lifetime.ApplicationStarted.Register(LogStarted);
        lifetime.ApplicationStopped.Register(LogStopped);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    [LoggerMessage(2005, LogLevel.Information, "The gateway serves.")]
    private partial void LogStarted();

    [LoggerMessage(2006, LogLevel.Information, "The gateway has stopped.")]
    private partial void LogStopped();
}
