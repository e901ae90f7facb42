using Caas.Contracts;
using Microsoft.Extensions.Logging;

namespace Caas.Client;

/// <summary>What is missing, and reading it.</summary>
public sealed partial class Conversation
{
    /// <summary>How long an own send may take to come back; the server repairs by itself within 2 s.</summary>
    private static readonly TimeSpan StoredPatience = TimeSpan.FromSeconds(1);

    private readonly ILogger _logger;
    private bool _filling;
    private bool _noticing;
    private long _stored;

    /// <summary>An own send is in the log at this seq. Where that does not come by itself it is read: a lost last entry shows no gap.</summary>
    internal void OnStored(long seq)
    {
        lock (_gate)
        {
            if (seq <= _order.Known || _endedBy is not null)
            {
                return;
            }

            _stored = Math.Max(_stored, seq);
            if (_noticing)
            {
                return;
            }

            _noticing = true;
        }

        _ = NoticeStoredAsync();
    }

    private void EnsureFilling()
    {
        if (!_filling && _wire is { } wire && _order.Missing is not null)
        {
            _filling = true;
            _ = FillAsync(wire);
        }
    }

    private async Task NoticeStoredAsync()
    {
        await Task.Delay(StoredPatience, _options.TimeProvider, CancellationToken.None);
        lock (_gate)
        {
            _noticing = false;
            _order.Notice(_stored);
            Changed();
        }
    }

    /// <summary>Reads what is missing until nothing is, or the wire ends: the next join starts it again.</summary>
    private async Task FillAsync(Wire wire)
    {
        // Away from the lock of whoever noticed.
        await Task.Yield();
        var (fruitless, held) = (0, -1L);
        while (TryFindMissing(wire, out var after, out var limit, out var hold))
        {
            try
            {
                if (hold && held != after)
                {
                    // Perhaps it was only overtaken.
                    held = after;
                    await Task.Delay(_options.Hold, _options.TimeProvider, CancellationToken.None);
                    continue;
                }

                LogFills(Id, after);
                var page = await ReadAsync(wire, after, limit);
                lock (_gate)
                {
                    _order.Read(page.Items, page.LastSeq);
                    fruitless = _order.Position > after ? 0 : fruitless + 1;
                    Changed();
                }

                if (fruitless > 0)
                {
                    await Task.Delay(Backoff.After(fruitless), _options.TimeProvider, CancellationToken.None);
                }
            }
            catch (CaasException refused) when (!Codes.WantsToken(refused.Code))
            {
                End(refused);
            }
            catch (Exception lost) when (lost is WireLostException or CaasException)
            {
                // The next join tells what is missing then.
                wire.Lose(lost);
                Locked(self => self._wire = self._wire == wire ? null : self._wire);
            }
        }
    }

    /// <summary>Reads a page. Where reads are limited it waits with its turn in hand: the others would be refused too. Any other trouble may be this conversation's alone, and the others go on.</summary>
    private async Task<EntryPage> ReadAsync(Wire wire, long after, int limit)
    {
        for (var refusals = 0; ;)
        {
            var wait = TimeSpan.Zero;
            await wire.Reading.Writer.WriteAsync(Id);
            try
            {
                return await wire.CallAsync<EntryPage>("ReadEntries", Id, after, limit);
            }
            catch (CaasException refused) when (refused.Code == Codes.RateLimited && !HasEnded)
            {
                await Task.Delay(Backoff.After(++refusals, refused.RetryAfter), _options.TimeProvider, CancellationToken.None);
            }
            catch (CaasException refused) when (Codes.IsTransient(refused.Code) && !HasEnded)
            {
                wait = Backoff.After(++refusals, refused.RetryAfter);
            }
            finally
            {
                wire.Reading.Reader.TryRead(out _);
            }

            await Task.Delay(wait, _options.TimeProvider, CancellationToken.None);
        }
    }

    private bool TryFindMissing(Wire wire, out long after, out int limit, out bool hold)
    {
        lock (_gate)
        {
            (after, limit, hold) = (0, 0, _order.HasEarly);
            if (_endedBy is null && _wire == wire && _order.Missing is { } missing)
            {
                (after, limit) = missing;
                return true;
            }

            _filling = false;
            EnsureFilling();
            return false;
        }
    }

    [LoggerMessage(9120, LogLevel.Debug, "Conversation {ConversationId}: reads what is missing after {Seq}.")]
    private partial void LogFills(string conversationId, long seq);
}
