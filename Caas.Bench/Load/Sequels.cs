using System.Collections.Concurrent;
using Caas.Contracts;

namespace Caas.Bench.Load;

/// <summary>What a planned message is besides its text, and what its sender does once it is acknowledged.</summary>
public enum Sequel
{
    /// <summary>A message, and nothing more.</summary>
    None,

    /// <summary>It is edited.</summary>
    Edit,

    /// <summary>It is edited, reacted to and deleted.</summary>
    Delete,

    /// <summary>A reaction to the newest message of the conversation.</summary>
    React,

    /// <summary>One that is taken back.</summary>
    TakeBack,

    /// <summary>It is pinned and unpinned.</summary>
    Pin,

    /// <summary>It replies to the newest message of the conversation.</summary>
    Reply,

    /// <summary>It is a poll; its sender votes.</summary>
    Poll,

    /// <summary>A vote in the newest poll of the conversation.</summary>
    Vote,
}

/// <summary>Carries sequels out, as apps do: over the connection, sent until answered. Nobody touches a message that its sender will delete: a refusal would say nothing.</summary>
internal sealed class Sequels
{
    private readonly ConcurrentDictionary<(string Tenant, string Conversation), string> _newest = new();
    private readonly ConcurrentDictionary<(string Tenant, string Conversation), string> _newestPoll = new();
    private readonly ConcurrentDictionary<(int Client, string Change, string Message), bool> _made = new();

    /// <summary>The planned message.</summary>
    public SendMessageRequest Compose(BenchClient client, PlannedSend planned)
    {
        var message = client.Message(Measurements.IdOf(planned.Number));
        return planned.Sequel switch
        {
            Sequel.Reply when _newest.TryGetValue(Room(client), out var root) => message with { ThreadOf = root },
            Sequel.Poll => message with { Poll = new(["yes", "no"]) },
            _ => message,
        };
    }

    /// <summary>What follows upon a message that was acknowledged.</summary>
    public async Task FollowAsync(BenchClient client, Sequel sequel, string messageId)
    {
        var room = Room(client);
        switch (sequel)
        {
            case Sequel.Edit:
                await ChangeAsync(client, messageId, EntryTypes.MessageEdited);
                break;
            case Sequel.Delete:
                await ChangeAsync(client, messageId, EntryTypes.MessageEdited, EntryTypes.ReactionAdded, EntryTypes.MessageDeleted);
                return;
            case Sequel.Pin:
                await ChangeAsync(client, messageId, EntryTypes.MessagePinned, EntryTypes.MessageUnpinned);
                break;
            case Sequel.React or Sequel.TakeBack when _newest.TryGetValue(room, out var other):
                await ChangeAsync(client, other, sequel == Sequel.React ? [EntryTypes.ReactionAdded] : [EntryTypes.ReactionAdded, EntryTypes.ReactionRemoved]);
                break;
            case Sequel.Poll:
                _newestPoll[room] = messageId;
                await ChangeAsync(client, messageId, EntryTypes.PollVoted);
                break;
            case Sequel.Vote when _newestPoll.TryGetValue(room, out var poll):
                await ChangeAsync(client, poll, EntryTypes.PollVoted);
                break;
        }

        if (sequel != Sequel.Reply)
        {
            _newest[room] = messageId;
        }
    }

    private static (string Tenant, string Conversation) Room(BenchClient client) => (client.Seat.Tenant, client.Seat.Conversation);

    /// <summary>One after the other, each once per user and message: what is repeated changes nothing, and then there is nothing to look for in the log.</summary>
    private async Task ChangeAsync(BenchClient client, string messageId, params string[] types)
    {
        foreach (var type in types)
        {
            if (_made.TryAdd((client.Seat.Client, type, messageId), true))
            {
                await client.ChangeAsync(type, messageId);
            }
        }
    }
}
