using Microsoft.Extensions.Logging;

namespace Caas.Client;

/// <summary>
/// What the user has and has read, on its way to the service: of each conversation the furthest, one call at a time, so that many marks cost few. A mark is written a moment after it is
/// answered; what was answered shortly before a connection was lost is therefore repeated on the next one, where it changes nothing if it was written.
/// </summary>
internal sealed partial class Marks(Func<Task<Wire>> wire, TimeProvider clock, ILogger logger)
{
    /// <summary>After so long an answered mark is written, whatever happened to the replica.</summary>
    private static readonly TimeSpan Doubtful = TimeSpan.FromSeconds(30);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Mark> _marks = new(StringComparer.Ordinal);
    private Task _sending = Task.CompletedTask;

    public void Add(string conversationId, long deliveredSeq, long readSeq)
    {
        lock (_gate)
        {
            if (!_marks.TryGetValue(conversationId, out var mark))
            {
                _marks.Add(conversationId, mark = new());
            }

            (mark.Delivered, mark.Read) = (Math.Max(mark.Delivered, deliveredSeq), Math.Max(mark.Read, readSeq));
            Begin();
        }
    }

    /// <summary>There is a new wire: what the last one may not have carried goes again.</summary>
    public void Reconnected()
    {
        lock (_gate)
        {
            foreach (var (conversation, mark) in _marks.ToArray())
            {
                if (!mark.IsOpen && clock.GetElapsedTime(mark.AnsweredAt) > Doubtful)
                {
                    _marks.Remove(conversation);
                }
                else
                {
                    (mark.SentDelivered, mark.SentRead) = (0, 0);
                }
            }

            Begin();
        }
    }

    private void Begin()
    {
        if (_sending.IsCompleted)
        {
            _sending = SendAsync();
        }
    }

    private async Task SendAsync()
    {
        // Away from the lock; what is marked in the same breath goes together.
        await Task.Yield();
        for (var failures = 0; ;)
        {
            string conversation;
            (long Delivered, long Read) sent;
            lock (_gate)
            {
                if (_marks.FirstOrDefault(pair => pair.Value.IsOpen) is not { Value: { } open } next)
                {
                    _sending = Task.CompletedTask;
                    return;
                }

                (conversation, sent) = (next.Key, (open.Delivered > Math.Max(open.Read, open.SentDelivered) ? open.Delivered : 0, open.Read > open.SentRead ? open.Read : 0));
            }

            try
            {
                await SendAsync(conversation, sent);
                failures = 0;
            }
            catch (WireLostException)
            {
                // The next wire carries it.
            }
            catch (CaasException refused) when (Codes.IsTransient(refused.Code))
            {
                await Task.Delay(Backoff.After(++failures, refused.RetryAfter), clock);
            }
            catch (CaasException refused)
            {
                LogRefused(refused.Code, conversation);
                lock (_gate)
                {
                    _marks.Remove(conversation);
                }
            }
        }
    }

    private async Task SendAsync(string conversation, (long Delivered, long Read) sent)
    {
        var current = await wire();
        if (sent.Delivered > 0)
        {
            await current.CallAsync<object?>("MarkDelivered", conversation, sent.Delivered);
        }

        if (sent.Read > 0)
        {
            await current.CallAsync<object?>("MarkRead", conversation, sent.Read);
        }

        lock (_gate)
        {
            if (_marks.TryGetValue(conversation, out var mark))
            {
                (mark.SentDelivered, mark.SentRead, mark.AnsweredAt) = (Math.Max(mark.SentDelivered, sent.Delivered), Math.Max(mark.SentRead, sent.Read), clock.GetTimestamp());
            }
        }
    }

    [LoggerMessage(9050, LogLevel.Warning, "Marks in {Conversation} were refused: {Code}.")]
    private partial void LogRefused(string code, string conversation);

    private sealed class Mark
    {
        public long Delivered { get; set; }

        public long Read { get; set; }

        public long SentDelivered { get; set; }

        public long SentRead { get; set; }

        public long AnsweredAt { get; set; }

        public bool IsOpen => Delivered > Math.Max(SentDelivered, SentRead) || Read > SentRead;
    }
}
