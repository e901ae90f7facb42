using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace Caas.Client;

/// <summary>
/// What waits to be sent, by conversation. In each, one call after the other: the next goes when the one before is answered, so that the sender's own order holds whatever is refused,
/// lost and sent again in between. Conversations do not wait for each other.
/// </summary>
/// <param name="wireAsync">The connection as soon as there is one; fails when there will be none.</param>
internal sealed partial class SendQueues(Func<Task<Wire>> wireAsync, int capacity, TimeProvider clock, ILogger<SendQueues> logger)
{
    /// <summary>A fault of the server's own may be this very call's: it must not be sent for ever.</summary>
    private const int MostFaults = 5;

    /// <summary>What kills its connection may have been beside another that is tried alone, when its own end did not tell: once proves nothing.</summary>
    private const int MostBlames = 2;

    private readonly Lock _gate = new();

    /// <summary>Holds one: the suspect that is on its way.</summary>
    private readonly Channel<SendOperation> _suspects = Channel.CreateBounded<SendOperation>(1);

    private readonly Dictionary<string, Lane> _lanes = new(StringComparer.Ordinal);
    private CaasException? _endedBy;

    /// <summary>Queues a call behind the earlier ones of its conversation. Never blocks; <see cref="SendOperation.Admitted"/> tells when there is room.</summary>
    public void Add(SendOperation operation)
    {
        operation.Watch();
        CaasException? endedBy;
        lock (_gate)
        {
            endedBy = _endedBy;
            if (endedBy is null)
            {
                if (!_lanes.TryGetValue(operation.ConversationId, out var lane))
                {
                    _lanes.Add(operation.ConversationId, lane = new());
                    _ = PumpAsync(operation.ConversationId, lane);
                }

                lane.Waiting.Enqueue(operation);
                if (lane.Waiting.Count <= capacity)
                {
                    operation.Admit();
                }
                else
                {
                    lane.Outside.Enqueue(operation);
                }
            }
        }

        if (endedBy is not null)
        {
            operation.Admit();
            operation.Fail(endedBy);
        }
    }

    /// <summary>Nothing is sent any more; everything that waits fails with this reason.</summary>
    public void End(CaasException reason)
    {
        SendOperation[] waiting;
        lock (_gate)
        {
            _endedBy ??= reason;
            waiting = [.. _lanes.Values.SelectMany(lane => lane.Waiting)];
        }

        foreach (var operation in waiting)
        {
            operation.Admit();
            Fail(operation, reason);
        }
    }

    /// <summary>There will be no connection any more.</summary>
    private static void Fail(SendOperation operation, CaasException reason) =>
        operation.Fail(new CaasException(reason.Code, reason.Detail, reason) { Status = reason.Status, MayHaveHappened = operation.MayHaveHappened });

    private async Task PumpAsync(string conversation, Lane lane)
    {
        // Away from the lock of whoever sends.
        await Task.Yield();
        while (TryNext(conversation, lane, out var operation))
        {
            await Task.WhenAny(RunAsync(operation), operation.Over);
            lock (_gate)
            {
                lane.Waiting.Dequeue();
                if (lane.Outside.TryDequeue(out var next))
                {
                    next.Admit();
                }
            }
        }
    }

    private bool TryNext(string conversation, Lane lane, out SendOperation operation)
    {
        lock (_gate)
        {
            if (lane.Waiting.TryPeek(out operation!))
            {
                return true;
            }

            _lanes.Remove(conversation);
            return false;
        }
    }

    /// <summary>Sends it until it is over. Never throws.</summary>
    private async Task RunAsync(SendOperation operation)
    {
        var (alone, blames) = (false, 0);
        for (var refusals = 0; !operation.Over.IsCompleted;)
        {
            Wire? wire = null;
            try
            {
                if (operation.IsSuspect && !alone)
                {
                    await _suspects.Writer.WriteAsync(operation);
                    alone = true;
                }

                wire = await wireAsync();
                if (operation.TryBegin())
                {
                    await TryAsync(operation, wire);
                }
            }
            catch (CaasException ended) when (wire is null)
            {
                Fail(operation, ended);
            }
            catch (CaasException refused) when (Codes.IsTransient(refused.Code) && (refused.Code != Codes.InternalError || refusals < MostFaults))
            {
                LogRefused(operation.ConversationId, refused.Code);
                await Task.WhenAny(Task.Delay(Backoff.After(++refusals, refused.RetryAfter), clock), operation.Over);
            }
            catch (CaasException refused) when (Codes.WantsToken(refused.Code))
            {
                // The connection is no longer who it was; the next one proves itself afresh.
                wire!.Lose(refused);
            }
            catch (CaasException refused)
            {
                operation.Fail(operation.MayHaveHappened ? refused.OfUnknownOutcome() : refused);
            }
            catch (WireLostException lost)
            {
                if (lost.Blames && alone && ++blames == MostBlames)
                {
                    operation.Fail(new CaasException("invalid_arguments", "The server closes the connection whenever this is sent.", lost) { MayHaveHappened = true });
                    continue;
                }

                // What kills its connection must not kill every one that follows: those that could have been it are sent one by one.
                operation.IsSuspect |= lost.Blames;
                LogSentAgain(operation.ConversationId, operation.Attempts);
            }
        }

        if (alone)
        {
            _suspects.Reader.TryRead(out _);
        }
    }

    /// <summary>One try; afterwards it is known what its answer says of it.</summary>
    private static async Task TryAsync(SendOperation operation, Wire wire)
    {
        try
        {
            await operation.TryAsync(wire);
        }
        catch (CaasException refused) when (!Codes.LeavesUnknown(refused.Code))
        {
            operation.NothingHappened();
            throw;
        }
        catch (WireLostException lost) when (!lost.Sent)
        {
            operation.NothingHappened();
            throw;
        }
    }

    [LoggerMessage(9130, LogLevel.Debug, "Conversation {ConversationId}: a call is tried again later: {Code}.")]
    private partial void LogRefused(string conversationId, string code);

    [LoggerMessage(9131, LogLevel.Debug, "Conversation {ConversationId}: try {Attempt} of a call was not answered; it is sent again on the next connection.")]
    private partial void LogSentAgain(string conversationId, int attempt);

    private sealed class Lane
    {
        public Queue<SendOperation> Waiting { get; } = new();

        /// <summary>Those of them that are beyond the capacity.</summary>
        public Queue<SendOperation> Outside { get; } = new();
    }
}
