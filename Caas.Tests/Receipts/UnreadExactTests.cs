using Caas.Contracts;
using Caas.Core.Conversations;
using Caas.Core.Messages;
using Caas.Core.Receipts;
using Caas.Tests.Realtime;
using Xunit;

namespace Caas.Tests.Receipts;

/// <summary>Unread counts against a model that knows every message: random operations of three users on two replicas, from the same seed each time.</summary>
public sealed class UnreadExactTests
{
    private const int Seed = 20261123;
    private const int Operations = 360;

    private static readonly string[] Users = ["alice", "bob", "carol"];

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Counts_are_exact_after_any_order_of_sends_reads_edits_and_deletions()
    {
        await using var replicas = await Replicas.StartAsync(2, users: Users);
        await replicas.Get<ConversationService>().CreateAsync(Replicas.System, new(ConversationType.Group, "other", MemberIds: Users), Cancelled);
        var random = new Random(Seed);
        var model = new Dictionary<string, Room> { ["room"] = new(), ["other"] = new() };
        TestContext.Current.TestOutputHelper?.WriteLine($"Seed {Seed}.");
        for (var operation = 1; operation <= Operations; operation++)
        {
            var (user, replica, name) = (Users[random.Next(Users.Length)], random.Next(2), random.Next(3) == 0 ? "other" : "room");
            await StepAsync(replicas, random, model[name], name, user, replica);
            if (operation % 12 == 0)
            {
                // One conversation is exact at once, also where neither the projector nor the marks have been written.
                await replicas.Get<ReceiptMarks>(0).FlushAsync(Cancelled);
                await replicas.Get<ReceiptMarks>(1).FlushAsync(Cancelled);
                foreach (var reader in Users)
                {
                    Assert.Equal(model[name].Unread(reader), (await replicas.Get<ConversationReader>(replica).GetAsync(replicas.CallerOf(reader), new(name), Cancelled)).Unread);
                }
            }

            if (operation % 90 == 0)
            {
                await Eventually.HoldsAsync(() => WrongAsync(replicas, model), Cancelled);
            }
        }
    }

    private static async Task StepAsync(Replicas replicas, Random random, Room room, string name, string user, int replica)
    {
        var (caller, messages) = (replicas.CallerOf(user), replicas.Get<MessageService>(replica));
        var own = room.Messages.Where(message => message.Value.Sender == user && !message.Value.Deleted).ToArray();
        switch (random.Next(10))
        {
            case < 4:
                var sent = (await messages.SendAsync(caller, new(name), new($"from {user}"), null, Cancelled)).Message;
                room.Messages[sent.Seq] = (sent.Id, user, false);
                room.LastSeq = sent.Seq;
                room.Read(user, sent.Seq);
                break;
            case < 7:
                var seq = random.NextInt64(room.LastSeq + 3);
                var delivered = random.Next(4) == 0;
                await replicas.Get<ReceiptService>(replica).MarkAsync(caller, new(name), delivered ? new(DeliveredSeq: seq) : new(ReadSeq: seq), Cancelled);
                room.Read(user, delivered ? 0 : Math.Min(seq, room.LastSeq));

                break;
            case 7 when own.Length > 0:
                var edited = own[random.Next(own.Length)];
                room.LastSeq = (await messages.EditAsync(caller, new(name), edited.Value.Id, new() { Text = $"edited {random.Next()}" }, null, Cancelled)).Seq;
                break;
            case 8 when own.Length > 0:
                var deleted = own[random.Next(own.Length)];
                room.LastSeq = (await messages.DeleteAsync(caller, new(name), deleted.Value.Id, Cancelled)).Seq;
                room.Messages[deleted.Key] = deleted.Value with { Deleted = true };
                break;
        }
    }

    private static async Task<string?> WrongAsync(Replicas replicas, Dictionary<string, Room> model)
    {
        for (var replica = 0; replica < 2; replica++)
        {
            foreach (var user in Users)
            {
                var caller = replicas.CallerOf(user);
                var listed = (await replicas.Get<ConversationReader>(replica).ListAsync(caller, null, null, null, Cancelled)).Items.ToDictionary(conversation => conversation.Id, conversation => conversation.Unread);
                var total = await replicas.Get<ReceiptService>(replica).GetUnreadAsync(caller, Cancelled);
                foreach (var (name, room) in model)
                {
                    if (listed[name] != room.Unread(user) || total.Conversations.GetValueOrDefault(name) != room.Unread(user))
                    {
                        return $"{user} on {replica} has {listed[name]} in the list and {total.Conversations.GetValueOrDefault(name)} in the total of {name}, not {room.Unread(user)}";
                    }
                }

                if (total.Total != model.Values.Sum(room => room.Unread(user)))
                {
                    return $"the total of {user} is {total.Total}";
                }
            }
        }

        return null;
    }

    /// <summary>What must be so.</summary>
    private sealed class Room
    {
        private readonly Dictionary<string, long> _read = [];

        public SortedDictionary<long, (string Id, string Sender, bool Deleted)> Messages { get; } = [];

        public long LastSeq { get; set; } = 1;

        public void Read(string user, long seq) => _read[user] = Math.Max(seq, _read.GetValueOrDefault(user));

        public long Unread(string user) => Messages.LongCount(message => message.Key > _read.GetValueOrDefault(user) && message.Value.Sender != user && !message.Value.Deleted);
    }
}
