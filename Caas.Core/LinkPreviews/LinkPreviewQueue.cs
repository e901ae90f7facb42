using Caas.Contracts;
using Caas.Core.Entries;
using Caas.Core.Fairness;
using Microsoft.Extensions.Options;

namespace Caas.Core.LinkPreviews;

/// <summary>
/// Messages whose links are to be looked at, in the process that has stored them: offering one costs nothing and never waits. What waits when the process dies, and what comes when the queue is
/// full (for its writer, its tenant or altogether), gets no previews; the messages themselves miss nothing else.
/// </summary>
public sealed class LinkPreviewQueue : IDisposable
{
    private readonly FairQueue<LinkPreviewWork> _waiting;
    private readonly bool _enabled;
    private readonly LinkPreviewMetrics _metrics;

    public LinkPreviewQueue(IOptions<LinkPreviewOptions> options, LinkPreviewMetrics metrics)
    {
        (_enabled, _metrics) = (options.Value.Enabled, metrics);
        _waiting = new(options.Value.Waiting);
    }

    /// <summary>The next one, tenant by tenant and writer by writer.</summary>
    public ValueTask<LinkPreviewWork> TakeAsync(CancellationToken cancellationToken) => _waiting.TakeAsync(cancellationToken);

    /// <param name="change">The entry that stored the message, or its edit.</param>
    /// <param name="message">The message as it is now.</param>
    public void Offer(Entry change, Entry message)
    {
        if (_enabled && change.Type is EntryTypes.MessageCreated or EntryTypes.MessageEdited && message.Message?.Text?.Contains("://", StringComparison.Ordinal) == true
            && !_waiting.TryAdd(message.Log.Tenant, change.ActorId ?? "", new(message.Log, message.Seq, change.Seq)))
        {
            _metrics.Dropped();
        }
    }

    public void Dispose() => _waiting.Dispose();
}

/// <param name="ChangeSeq">The entry after which the links are looked at: once for each.</param>
public sealed record LinkPreviewWork(LogId Log, long MessageSeq, long ChangeSeq);
