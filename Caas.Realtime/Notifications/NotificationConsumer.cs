using Caas.Core.Events;
using Caas.Core.Notifications;
using Microsoft.Extensions.Options;

namespace Caas.Realtime.Notifications;

/// <summary>Has notifications made of what happens. Replicas share the work.</summary>
internal sealed class NotificationConsumer(IEventBus bus, Notifier notifier, NotificationSieve sieve, IOptions<NotificationOptions> options) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        if (options.Value.Enabled)
        {
            await bus.ConsumeAsync(Notifier.Group, Notifier.Topics, notifier.HandleAsync, stoppingToken, sieve);
        }
    }
}
