using System.Collections.Concurrent;
using System.Globalization;
using Caas.Client;
using Caas.Contracts;

namespace Caas.Tests.StateAndEvents;

/// <summary>What the users do, at random, over hub and REST: several at once. What the state at that moment forbids is refused, and counted.</summary>
internal sealed class RandomOperations(string conversation, IReadOnlyList<Seat> seats, string owner, CaasRestClient backend, IReadOnlyList<string> shadowed)
{
    private static readonly string[] Emojis = ["👍", "🎉", "❤️", "😀"];

    /// <summary>What a random operation may meet, because others act at the same moment.</summary>
    private static readonly HashSet<string> Expected = ["not_a_member", "not_allowed", "message_not_found", "member_not_found", "poll_not_found", "limit_reached", "validation_failed"];

    private readonly ConcurrentDictionary<string, int> _counts = new();
    private readonly List<(string Id, Seat Author)> _messages = [];
    private readonly List<string> _polls = [];
    private readonly Lock _gate = new();

    public IEnumerable<string> Counts => _counts.OrderBy(count => count.Key, StringComparer.Ordinal).Select(count => string.Create(CultureInfo.InvariantCulture, $"{count.Key} {count.Value}"));

    /// <summary>Does one, of a kind and by a user that the dice say.</summary>
    public async Task DoOneAsync(Random dice, CancellationToken cancellationToken)
    {
        var seat = seats[dice.Next(seats.Count)];
        var (name, act) = Choose(dice, seat, cancellationToken);
        try
        {
            await act();
            _counts.AddOrUpdate(name, 1, (_, count) => count + 1);
        }
        catch (CaasException refused) when (Expected.Contains(refused.Code))
        {
            _counts.AddOrUpdate($"refused: {refused.Code}", 1, (_, count) => count + 1);
        }
    }

    private (string Name, Func<Task> Act) Choose(Random dice, Seat seat, CancellationToken cancellationToken)
    {
        var (hub, rest, overHub) = (seat.Connection, seat.Rest, dice.Next(2) == 0);
        var (message, text, emoji) = (Message(dice), $"message {dice.Next(1_000_000)}", Emojis[dice.Next(Emojis.Length)]);
        var other = seats[dice.Next(seats.Count)].User;
        var seq = dice.NextInt64(1, Math.Max(2, seat.Model.LastSeq + 1));
        var boss = seats.First(other => other.User == owner).Rest;
        return dice.Next(100) switch
        {
            < 16 => ("send", () => SendAsync(seat, overHub, new(text), cancellationToken)),
            < 18 => ("mention", () => SendAsync(seat, overHub, new($"{text} for @{other} and @here"), cancellationToken)),
            < 19 => ("ask", () => SendAsync(seat, overHub, new(text, Poll: new(["yes", "no", "perhaps"], Multiple: dice.Next(2) == 0, Anonymous: dice.Next(3) == 0)), cancellationToken)),
            < 23 when overHub => ("vote", () => hub.VotePollAsync(conversation, Poll(dice), Choice(dice), cancellationToken)),
            < 23 => ("vote", () => rest.Messages.VoteAsync(conversation, Poll(dice), Choice(dice), cancellationToken)),
            < 27 => ("quote", () => SendAsync(seat, overHub, new(text, QuoteOf: message.Id), cancellationToken)),
            < 36 => ("reply", () => SendAsync(seat, overHub, new(text, ThreadOf: message.Id), cancellationToken)),
            < 46 when overHub => ("edit", () => message.Author.Connection.EditAsync(conversation, message.Id, new() { Text = text }, cancellationToken)),
            < 46 => ("edit", () => message.Author.Rest.Messages.EditAsync(conversation, message.Id, new() { Text = text }, cancellationToken)),
            < 51 when overHub => ("delete", () => message.Author.Connection.DeleteAsync(conversation, message.Id, cancellationToken)),
            < 51 => ("delete", () => rest.Messages.DeleteAsync(conversation, message.Id, cancellationToken)),
            < 64 when overHub => ("react", () => hub.AddReactionAsync(conversation, message.Id, emoji, cancellationToken)),
            < 64 => ("react", () => rest.Messages.AddReactionAsync(conversation, message.Id, emoji, cancellationToken)),
            < 70 when overHub => ("take a reaction back", () => hub.RemoveReactionAsync(conversation, message.Id, emoji, cancellationToken)),
            < 70 => ("take a reaction back", () => rest.Messages.RemoveReactionAsync(conversation, message.Id, emoji, cancellationToken)),
            < 74 when overHub => ("pin", () => hub.PinAsync(conversation, message.Id, cancellationToken)),
            < 74 => ("pin", () => boss.Messages.PinAsync(conversation, message.Id, cancellationToken)),
            < 77 => ("unpin", () => boss.Messages.UnpinAsync(conversation, message.Id, cancellationToken)),
            < 85 when overHub => ("mark read", () => Mark(() => hub.MarkRead(conversation, seq))),
            < 85 => ("mark read", () => rest.Receipts.MarkAsync(conversation, new(ReadSeq: seq), cancellationToken)),
            < 89 when overHub => ("mark delivered", () => Mark(() => hub.MarkDelivered(conversation, seq))),
            < 89 => ("mark delivered", () => rest.Receipts.MarkAsync(conversation, new(DeliveredSeq: seq), cancellationToken)),
            < 91 => ("rename", () => boss.Conversations.UpdateAsync(conversation, new() { Name = text }, cancellationToken)),
            < 93 when other != owner => ("change a role", () => boss.Members.UpdateAsync(conversation, other, new(dice.Next(2) == 0 ? MemberRole.Moderator : MemberRole.Member), cancellationToken)),
            < 94 when other != owner => ("remove a member", () => boss.Members.RemoveAsync(conversation, other, cancellationToken)),
            < 95 when seat.User != owner => ("leave", () => rest.Members.LeaveAsync(conversation, cancellationToken: cancellationToken)),
            < 96 => ("shadow-ban", () => backend.Bans.BanAsync(shadowed[dice.Next(shadowed.Count)], new("spam", dice.Next(2) == 0 ? conversation : null, Shadow: true), cancellationToken)),
            < 97 => ("lift a shadow ban", () => backend.Bans.UnbanAsync(shadowed[dice.Next(shadowed.Count)], dice.Next(2) == 0 ? conversation : null, cancellationToken)),
            _ => ("add members", () => boss.Members.AddAsync(conversation, new([other, seat.User, seats[dice.Next(seats.Count)].User]), cancellationToken: cancellationToken)),
        };
    }

    private async Task SendAsync(Seat seat, bool overHub, SendMessageRequest message, CancellationToken cancellationToken)
    {
        if (overHub)
        {
            var sent = await seat.Connection.SendAsync(conversation, message, cancellationToken);
            Add(sent.MessageId, seat, message.Poll is not null);
        }
        else
        {
            var sent = await seat.Rest.Messages.SendAsync(conversation, message, cancellationToken: cancellationToken);
            Add(sent.Id, seat, message.Poll is not null);
        }
    }

    private static Task Mark(Action mark)
    {
        mark();
        return Task.CompletedTask;
    }

    private void Add(string id, Seat author, bool isPoll)
    {
        lock (_gate)
        {
            _messages.Add((id, author));
            if (isPoll)
            {
                _polls.Add(id);
            }
        }
    }

    /// <summary>One of the newest, most often: so that several meet at the same one.</summary>
    private (string Id, Seat Author) Message(Random dice)
    {
        lock (_gate)
        {
            var back = dice.Next(3) == 0 ? dice.Next(_messages.Count) : Math.Min(dice.Next(8), _messages.Count - 1);
            return _messages[^(back + 1)];
        }
    }

    /// <summary>One of the newest three.</summary>
    private string Poll(Random dice)
    {
        lock (_gate)
        {
            return _polls[^Math.Min(dice.Next(1, 4), _polls.Count)];
        }
    }

    /// <summary>One option, several (of which not every poll allows), or none: the vote is taken back.</summary>
    private static string[] Choice(Random dice) => dice.Next(8) switch
    {
        0 => [],
        1 => ["1", "3"],
        var option => [$"{(option % 3) + 1}"],
    };

    /// <summary>Everybody is a member again, and somebody from whom nothing is hidden by a block replies to everything that stands: whoever blocks is told with that what hidden replies have made of it.</summary>
    public async Task SettleAsync(CancellationToken cancellationToken)
    {
        var boss = seats.First(seat => seat.User == owner).Rest;
        await boss.Members.AddAsync(conversation, new([.. seats.Select(seat => seat.User)]), cancellationToken: cancellationToken);
        var standing = new List<string>();
        await foreach (var message in boss.Messages.ListAsync(conversation, cancellationToken))
        {
            if (message is { DeletedAt: null, ThreadOf: null })
            {
                standing.Add(message.Id);
            }
        }

        foreach (var some in standing.Chunk(8))
        {
            await Task.WhenAll(some.Select(id => boss.Messages.SendAsync(conversation, new("settled", ThreadOf: id), cancellationToken: cancellationToken)));
        }
    }

    /// <summary>The first one, so that there is something to act on.</summary>
    public Task BeginAsync(CancellationToken cancellationToken) => SendAsync(seats[0], overHub: false, new("the first", Poll: new(["yes", "no", "perhaps"])), cancellationToken);
}
