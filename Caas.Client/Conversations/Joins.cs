using System.Threading.Channels;
using Caas.Contracts;

namespace Caas.Client;

/// <summary>Conversations that want to be joined: after a connect, a resync, or because somebody asks. What waits goes together, up to 100 in one call.</summary>
internal sealed class Joins(TimeProvider clock)
{
    private const int MostAtOnce = 100;

    private readonly Lock _gate = new();
    private readonly Queue<Conversation> _waiting = new();
    private readonly HashSet<Conversation> _known = [];
    private readonly Channel<bool> _more = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    public void Add(Conversation conversation) => AddAll([conversation]);

    public void AddAll(IEnumerable<Conversation> conversations)
    {
        lock (_gate)
        {
            foreach (var conversation in conversations)
            {
                if (_known.Add(conversation))
                {
                    _waiting.Enqueue(conversation);
                }
            }
        }

        _more.Writer.TryWrite(true);
    }

    /// <summary>Joins what waits, for as long as the wire lives. One at a time.</summary>
    public async Task RunAsync(Wire wire, CancellationToken ended)
    {
        for (var failures = 0; ;)
        {
            var batch = Take();
            if (batch.Count == 0)
            {
                await _more.Reader.ReadAsync(ended);
                continue;
            }

            TimeSpan? retryAfter = null;
            var again = batch;
            try
            {
                again = await JoinAsync(wire, batch);
            }
            catch (CaasException refused) when (Codes.IsTransient(refused.Code))
            {
                retryAfter = refused.RetryAfter;
            }
            catch (Exception lost) when (lost is WireLostException or CaasException)
            {
                // All are joined anew on the next wire.
                wire.Lose(lost);
                return;
            }

            failures = again.Count > 0 ? failures + 1 : 0;
            if (failures > 0)
            {
                await Task.Delay(Backoff.After(failures, retryAfter), clock, ended);
                AddAll(again);
            }
        }
    }

    /// <returns>Those to be tried again.</returns>
    private static async Task<List<Conversation>> JoinAsync(Wire wire, List<Conversation> batch)
    {
        try
        {
            return Note(wire, batch, await wire.CallAsync<IReadOnlyList<JoinResult>>("JoinConversations", (object)batch.Select(conversation => conversation.NextJoin()).ToArray()));
        }
        catch (CaasException refused) when (batch.Count == 1 && !Codes.IsTransient(refused.Code) && !Codes.WantsToken(refused.Code))
        {
            batch[0].End(refused);
            return [];
        }
        catch (CaasException refused) when (!Codes.IsTransient(refused.Code) && !Codes.WantsToken(refused.Code))
        {
            // Refused as a whole: one of them is of a form that cannot be, and the answer does not say which. Alone, each gets its own answer.
            var again = new List<Conversation>();
            foreach (var conversation in batch)
            {
                again.AddRange(await JoinAloneAsync(wire, conversation));
            }

            return again;
        }
    }

    private static async Task<List<Conversation>> JoinAloneAsync(Wire wire, Conversation conversation)
    {
        try
        {
            return await JoinAsync(wire, [conversation]);
        }
        catch (CaasException refused) when (Codes.IsTransient(refused.Code))
        {
            return [conversation];
        }
    }

    /// <returns>Those to be tried again.</returns>
    private static List<Conversation> Note(Wire wire, List<Conversation> batch, IReadOnlyList<JoinResult> results)
    {
        var again = new List<Conversation>();
        var answers = results.ToDictionary(result => result.ConversationId, StringComparer.Ordinal);
        foreach (var conversation in batch)
        {
            if (!answers.TryGetValue(conversation.Id, out var answer))
            {
                again.Add(conversation);
            }
            else if (answer.Error is not { } error)
            {
                if (!conversation.OnJoined(wire, answer))
                {
                    // Left before it was answered: the server must know.
                    _ = wire.TryCallAsync("LeaveConversation", conversation.Id);
                }
            }
            else if (ProblemReader.Parse(error) is { } refused && !Codes.IsTransient(refused.Code))
            {
                conversation.End(refused);
            }
            else
            {
                again.Add(conversation);
            }
        }

        return again;
    }

    private List<Conversation> Take()
    {
        var batch = new List<Conversation>();
        lock (_gate)
        {
            while (batch.Count < MostAtOnce && _waiting.TryDequeue(out var conversation))
            {
                _known.Remove(conversation);
                if (!conversation.HasEnded)
                {
                    batch.Add(conversation);
                }
            }
        }

        return batch;
    }
}
