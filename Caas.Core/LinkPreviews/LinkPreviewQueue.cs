using System.Threading.Channels;
using Caas.Contracts;
using Caas.Core.Entries;
using Microsoft.Extensions.Options;

namespace Caas.Core.LinkPreviews;

/// <summary>
/// Messages whose links are to be looked at, in the process that has stored them: offering one costs nothing and never waits. What waits when the process dies, and what comes when the queue is
/// full, gets no previews; the messages themselves miss nothing else.
/// </summary>
public sealed class LinkPreviewQueue
{
    private readonly Channel<LinkPreviewWork> _waiting;
    private readonly bool _enabled;
    private readonly LinkPreviewMetrics _metrics;

    public LinkPreviewQueue(IOptions<LinkPreviewOptions> options, LinkPreviewMetrics metrics)
    {
        (_enabled, _metrics) = (options.Value.Enabled, metrics);
        _waiting = Channel.CreateBounded<LinkPreviewWork>(new BoundedChannelOptions(options.Value.Waiting) { FullMode = BoundedChannelFullMode.Wait });
    }

    public ChannelReader<LinkPreviewWork> Waiting => _waiting.Reader;

    /// <param name="change">The entry that stored the message, or its edit.</param>
    /// <param name="message">The message as it is now.</param>
    public void Offer(Entry change, Entry message)
    {
        if (_enabled && change.Type is EntryTypes.MessageCreated or EntryTypes.MessageEdited && message.Message?.Text?.Contains("://", StringComparison.Ordinal) == true
            && !_waiting.Writer.TryWrite(new(message.Log, message.Seq, change.Seq)))
        {
            _metrics.Dropped();
        }
    }
}

/// <param name="ChangeSeq">The entry after which the links are looked at: once for each.</param>
public sealed record LinkPreviewWork(LogId Log, long MessageSeq, long ChangeSeq);
