using Caas.Contracts;
using Caas.Core.Events;

namespace Caas.Core.Notifications;

/// <summary>Publishes notifications on <c>platform.notifications</c>, keyed by <c>tenant/user</c>. Without Kafka there is nowhere to publish them, and nobody misses them: the inbox is theirs.</summary>
public sealed class NotificationTopic(IEnumerable<IEventSink> sinks) : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private IEventProducer? _producer;

    /// <summary>Returns when they are durable there; the same ones may come twice, with the same ids.</summary>
    public async Task PublishAsync(TenantId tenant, IReadOnlyList<(UserId User, NotificationResponse Notification)> notifications, CancellationToken cancellationToken)
    {
        if (notifications.Count == 0 || sinks.LastOrDefault() is not { } sink)
        {
            return;
        }

        IEventProducer producer;
        lock (_gate)
        {
            producer = _producer ??= sink.Open();
        }

        try
        {
            await producer.PublishAsync([.. notifications.Select(one => CloudEvents.Write(tenant, one.User, one.Notification))], cancellationToken);
        }
        catch
        {
            // It can go on no more: the next try opens another one.
            lock (_gate)
            {
                _producer = _producer == producer ? null : _producer;
            }

            await producer.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_producer is { } producer)
        {
            await producer.DisposeAsync();
        }
    }
}
