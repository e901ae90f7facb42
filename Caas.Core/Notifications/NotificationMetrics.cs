using System.Diagnostics.Metrics;

namespace Caas.Core.Notifications;

/// <summary>What notifications count, meter <c>Caas.Notifications</c>.</summary>
public sealed class NotificationMetrics
{
    private readonly Counter<long> _notified;
    private readonly Histogram<double> _lag;
    private readonly Counter<long> _mails;

    public NotificationMetrics(IMeterFactory meters)
    {
        var meter = meters.Create("Caas.Notifications");
        _notified = meter.CreateCounter<long>("caas.notifications.notified", "{notification}", "Users notified in their inbox, counted per event.");
        _lag = meter.CreateHistogram<double>("caas.notifications.lag", "s", "Time from an event to the end of its notifications.");
        _mails = meter.CreateCounter<long>("caas.notifications.mails", "{mail}", "Digests by mail, by outcome.");
    }

    internal void Notified(int users) => _notified.Add(users);

    internal void Handled(TimeSpan lag) => _lag.Record(Math.Max(0, lag.TotalSeconds));

    internal void Mailed(string outcome) => _mails.Add(1, new KeyValuePair<string, object?>("outcome", outcome));
}
