using Caas.Bench.Checking;
using Caas.Contracts;
using Xunit;

namespace Caas.Tests.Bench;

/// <summary>The checker on histories made by hand: it finds each violation, and none where there is none.</summary>
public sealed class CheckerTests
{
    private const string Room = "room-1";
    private const string MessageId = "id-1";

    [Fact]
    public void A_history_as_it_should_be_is_clean()
    {
        var verdict = Checker.Check(Clean());
        Assert.True(verdict.IsClean);
        Assert.Equal((6, 1, 1, 1), (verdict.Acknowledged, verdict.Repeated, verdict.Unknown, verdict.Failed));
        Assert.Equal((8, 12), (verdict.Stored, verdict.Handled));
        Assert.Equal(Enum.GetValues<ViolationKind>(), verdict.Kinds.Select(kind => kind.Kind));
    }

    [Fact]
    public void Acknowledged_but_absent_is_lost() => Finds(ViolationKind.Lost, Clean() with { Sends = [.. Clean().Sends, Sent("b", 1, "m-9", 4)] });

    [Fact]
    public void Acknowledged_at_another_place_is_lost() => Finds(ViolationKind.Lost, Clean() with { Sends = [Sent("a", 0, "m-1", 3)] });

    [Fact]
    public void An_unknown_send_may_be_stored_or_not()
    {
        var history = Clean();
        Assert.True(Checker.Check(history with { Sends = [.. history.Sends, Sent("a", 1, "m-9", 0) with { Outcome = SendOutcome.Unknown }, Sent("a", 1, "m-2", 0) with { Outcome = SendOutcome.Unknown }] }).IsClean);
    }

    [Fact]
    public void Two_rows_with_one_client_id_are_a_duplicate() => Finds(ViolationKind.Duplicate, WithLog("a", [.. LogOf("a"), Message("a", 5, "user-0", "m-1")], Received("a", 5, "user-0", "m-1")));

    [Fact]
    public void The_same_client_id_of_two_senders_is_none() =>
        Assert.True(Checker.Check(WithLog("a", [.. LogOf("a"), Message("a", 5, "user-7", "m-1")], Received("a", 5, "user-7", "m-1"))).IsClean);

    [Fact]
    public void A_receiver_that_handles_an_entry_twice_has_a_duplicate() => Finds(ViolationKind.Duplicate, WithLog("a", LogOf("a"), Received("a", 4, "user-0", "m-3")));

    [Fact]
    public void Seqs_that_do_not_rise_at_a_receiver_are_a_reorder() => Finds(ViolationKind.Reorder, WithReceiver(entries => [entries[0], entries[2], entries[1], entries[3]]));

    [Fact]
    public void Another_order_than_the_logs_is_a_reorder() => Finds(ViolationKind.Reorder, WithReceiver(entries => [entries[0], entries[1] with { ClientMessageId = "m-2" }, entries[2] with { ClientMessageId = "m-1" }, entries[3]]));

    [Fact]
    public void A_senders_own_order_counts()
    {
        var history = Clean();
        Finds(ViolationKind.Reorder, history with { Sends = [history.Sends[1], history.Sends[0]] });
    }

    [Fact]
    public void A_log_that_is_read_back_out_of_order_is_a_reorder() => Finds(ViolationKind.Reorder, WithLog("a", [.. LogOf("a").Reverse()]));

    [Fact]
    public void A_hole_in_the_log_is_a_gap() => Finds(ViolationKind.Gap, Clean() with { Sends = [], Receivers = [], Logs = [new("a", Room, [.. LogOf("a").Where(entry => entry.Seq != 3)])] });

    [Fact]
    public void What_a_receiver_was_given_and_the_log_does_not_have_is_a_gap_also_beyond_its_end()
    {
        Finds(ViolationKind.Gap, WithReceiver(entries => [.. entries, Received("a", 5, "user-0", "m-9")]));
        Finds(ViolationKind.Gap, Clean() with { Sends = [], Logs = [Clean().Logs[0]] });
    }

    [Fact]
    public void What_a_receiver_never_got_is_a_gap()
    {
        Finds(ViolationKind.Gap, WithReceiver(entries => [entries[0], entries[1], entries[3]]));
        Finds(ViolationKind.Gap, WithReceiver(entries => entries[..3]));
    }

    [Fact]
    public void An_entry_of_the_other_tenant_is_a_leak_at_a_receiver_and_in_a_log()
    {
        Finds(ViolationKind.Leak, WithReceiver(entries => [entries[0], entries[1] with { Mark = "b" }, .. entries[2..]]));
        Finds(ViolationKind.Leak, WithLog("a", [LogOf("a")[0], LogOf("a")[1] with { Mark = "b" }, .. LogOf("a")[2..]]));
        Finds(ViolationKind.Leak, WithReceiver(entries => [entries[0], entries[1] with { RootMark = "b" }, .. entries[2..]]));
    }

    [Fact]
    public void A_change_that_was_acknowledged_and_is_in_no_entry_is_lost() => Finds(ViolationKind.Lost, Changed(send: Change(EntryTypes.MessageDeleted, 9)));

    [Fact]
    public void One_that_stands_behind_its_acknowledgement_is_lost_and_one_that_was_answered_again_later_is_not()
    {
        Finds(ViolationKind.Lost, Changed(send: Change(EntryTypes.MessageEdited, 4)));
        Assert.True(Checker.Check(Changed(send: Change(EntryTypes.MessageEdited, 7))).IsClean);
    }

    [Fact]
    public void A_change_that_is_made_twice_is_a_duplicate()
    {
        var again = Entry(6, EntryTypes.MessageEdited, "user-0", "e-2") with { Told = [Told(6) with { Edited = true }] };
        Finds(ViolationKind.Duplicate, Changed(log: [.. ChangedLog(), again]));
    }

    [Fact]
    public void A_change_and_a_message_keep_their_senders_order()
    {
        var (edit, message) = (Change(EntryTypes.MessageEdited, 5), Sent("a", 0, "m-3", 4));
        Assert.True(Checker.Check(Changed() with { Sends = [message, edit, .. AskedFor(LogOf("a"))] }).IsClean);
        Finds(ViolationKind.Reorder, Changed() with { Sends = [edit, message] });
    }

    [Theory]
    [InlineData(EntryTypes.MessageEdited)]
    [InlineData(EntryTypes.MessageDeleted)]
    [InlineData(EntryTypes.ReactionAdded)]
    [InlineData(EntryTypes.MessagePinned)]
    [InlineData(EntryTypes.PollVoted)]
    public void A_change_that_its_message_does_not_show_is_lost(string type)
    {
        Finds(ViolationKind.Lost, Unsent(Entry(5, type, "user-0", "c") with { Told = [Told(2)] }));
        Finds(ViolationKind.Lost, Unsent(Entry(5, type, "user-0", "c") with { Told = [Told(5)] }));
    }

    [Fact]
    public void A_reply_that_its_thread_does_not_count_is_lost()
    {
        var reply = Message("a", 5, "user-0", "m-9") with { Subject = new(EntryTypes.MessageCreated, "id-9", MessageId) };
        Finds(ViolationKind.Lost, Unsent(reply with { Told = [Told(5)] }));
        Assert.True(Checker.Check(Unsent(reply with { Told = [Told(5) with { Replies = 1 }] })).IsClean);
    }

    [Fact]
    public void A_row_that_nobody_sent_is_a_phantom_and_so_is_one_that_was_refused()
    {
        var history = Clean();
        Finds(ViolationKind.Phantom, history with { Sends = [.. history.Sends.Where(send => send.Tenant != "b" || send.ClientMessageId != "m-3")] });
        Finds(ViolationKind.Phantom, history with { Sends = [.. history.Sends.Select(send => send.Outcome == SendOutcome.Unknown ? send with { Outcome = SendOutcome.Failed, Code = "blocked" } : send)] });
        Finds(ViolationKind.Phantom, Changed() with { Sends = [.. AskedFor(LogOf("a"))] });
    }

    [Fact]
    public void The_right_id_over_another_text_is_lost_in_the_log_and_at_a_receiver()
    {
        Assert.True(Checker.Check(Written()).IsClean);
        Finds(ViolationKind.Lost, Written(stored: "what another one wrote"));
        Finds(ViolationKind.Lost, Written(received: "what another one wrote"));
        Finds(ViolationKind.Lost, Written(received: null));
        Finds(ViolationKind.Lost, Written(stored: null));
    }

    [Fact]
    public void An_edited_message_holds_its_edit_and_came_with_either_text()
    {
        Assert.True(Checker.Check(Written(edited: "anew", stored: "anew", received: "hello")).IsClean);
        Assert.True(Checker.Check(Written(edited: "anew", stored: "anew", received: "anew")).IsClean);
        Finds(ViolationKind.Lost, Written(edited: "anew", stored: "hello", received: "hello"));
        Finds(ViolationKind.Lost, Written(edited: "anew", stored: "anew", received: "what another one wrote"));
    }

    [Fact]
    public void A_reply_to_another_message_than_was_meant_is_lost()
    {
        var history = Written();
        Finds(ViolationKind.Lost, history with { Sends = [.. history.Sends.Select(send => send.Content is null ? send : send with { Root = "id-7" })] });
    }

    [Fact]
    public void It_counts_all_and_tells_a_few()
    {
        var history = Clean();
        var lost = Checker.Check(history with { Sends = [.. Enumerable.Range(0, 50).Select(i => Sent("a", 2, $"x-{i}", 100 + i))] })[ViolationKind.Lost];
        Assert.Equal(50, lost.Count);
        Assert.Equal(3, lost.Examples.Count);
        Assert.Contains("x-0", lost.Examples[0], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(2, 1)]
    [InlineData(300, 0.01)]
    [InlineData(12_000, 0.00025)]
    public void A_zero_supports_three_in_n(long trials, double bound) => Assert.Equal(bound, RuleOfThree.UpperBound(trials), 10);

    [Theory]
    [InlineData(0, 12_000, "0 of 12,000 (below 0.025 % with 95 % confidence)")]
    [InlineData(2, 12_000, "2 of 12,000")]
    [InlineData(0, 2, "0 of 2 (below 100 % with 95 % confidence)")]
    [InlineData(0, 88, "0 of 88 (below 3.4 % with 95 % confidence)")]
    [InlineData(0, 20_000_000, "0 of 20,000,000 (below 0.000015 % with 95 % confidence)")]
    [InlineData(0, 0, "0 of 0")]
    public void Only_a_zero_has_a_bound(long found, long trials, string words) => Assert.Equal(words, RuleOfThree.Words(found, trials));

    private static void Finds(ViolationKind kind, History history)
    {
        var verdict = Checker.Check(history);
        Assert.True(verdict[kind].Count > 0, $"Nothing {kind} in {verdict}");
        Assert.NotEmpty(verdict[kind].Examples);
        Assert.False(verdict.IsClean);
    }

    /// <summary>Two tenants with the same user, conversation and client ids.</summary>
    private static History Clean() => new(
        [
            Sent("a", 0, "m-1", 2),
            Sent("a", 0, "m-2", 3),
            Sent("a", 0, "m-1", 2) with { Again = true },
            Sent("a", 0, "m-3", 4),
            Sent("a", 0, "m-4", 0) with { Outcome = SendOutcome.Failed },
            Sent("b", 1, "m-1", 2),
            Sent("b", 1, "m-2", 3),
            Sent("b", 1, "m-3", 0) with { Outcome = SendOutcome.Unknown },
        ],
        [Receiver("a", 0), Receiver("b", 1), Receiver("a", 2)],
        [new("a", Room, LogOf("a")), new("b", Room, LogOf("b"))]);

    /// <summary>A log whose first message was edited at 5, as the log should tell it.</summary>
    private static History Changed(SendRecord? send = null, EntryRecord[]? log = null) => new([send ?? Change(EntryTypes.MessageEdited, 5), .. AskedFor(log ?? ChangedLog())], [], [new("a", Room, [.. (log ?? ChangedLog()).Select(entry => entry.Seq == 2 ? entry with { Subject = new(EntryTypes.MessageCreated, MessageId), Told = [Told(2)] } : entry)])]);

    private static History Unsent(EntryRecord last) => Changed(log: [.. LogOf("a"), last]) with { Sends = [.. AskedFor([.. LogOf("a"), last])] };

    /// <summary>Somebody asked for every row: what nobody sent is a violation of its own. No answer came, so nothing else is owed.</summary>
    private static IEnumerable<SendRecord> AskedFor(IEnumerable<EntryRecord> log) =>
        log.Where(entry => entry.Mark is not null).Select(entry => Sent("a", 9, entry.OnceId!, 0) with { Sender = entry.Sender!, Outcome = SendOutcome.Unknown });

    /// <summary>One message, sent as "hello", and perhaps edited: as the log tells it in the end, and as a client was given its first entry.</summary>
    private static History Written(string? stored = "hello", string? received = "hello", string? edited = null)
    {
        var made = new EntryRecord(1, "user-0", "m-1", "a", Subject: new(EntryTypes.MessageCreated, MessageId));
        var edit = Entry(2, EntryTypes.MessageEdited, "user-0", "e-1");
        var tells = Told(edited is null ? 1 : 2) with { Edited = edited is not null, Content = Contents.Digest(stored) };
        EntryRecord[] log = edited is null ? [made with { Told = [tells] }] : [made with { Told = [tells] }, edit with { Told = [tells] }];
        EntryRecord[] handled = [made with { Content = Contents.Digest(received) }, .. edited is null ? Array.Empty<EntryRecord>() : [edit with { Content = Contents.Digest(edited) }]];
        SendRecord[] changes = edited is null ? [] : [Change(EntryTypes.MessageEdited, 2) with { Content = Contents.Digest(edited) }];
        return new([Sent("a", 0, "m-1", 1) with { Content = Contents.Digest("hello") }, .. changes], [Receiver("a", 0) with { Entries = handled }], [new("a", Room, log)]);
    }

    private static EntryRecord[] ChangedLog() => [.. LogOf("a"), Entry(5, EntryTypes.MessageEdited, "user-0", "e-1") with { Told = [Told(5) with { Edited = true }] }];

    private static EntryRecord Entry(long seq, string type, string sender, string id) => new(seq, sender, id, "a", Subject: new(type, MessageId));

    private static MessageTold Told(long rev) => new(MessageId, rev, Gone: false, Edited: false, Pinned: false, Reactions: 0, Voters: 0, Replies: 0);

    private static SendRecord Change(string type, long seq) => Sent("a", 0, EntrySubject.ChangeId(type, MessageId), seq) with { Change = true };

    private static SendRecord Sent(string tenant, int client, string id, long seq) => new(client, tenant, Room, "user-0", id, SendOutcome.Ok, seq);

    private static EntryRecord Message(string tenant, long seq, string sender, string id) => new(seq, sender, id, tenant);

    private static EntryRecord Received(string tenant, long seq, string sender, string id) => Message(tenant, seq, sender, id) with { At = 1 };

    private static EntryRecord[] LogOf(string tenant) =>
        [new(1, null, "$1", null), Message(tenant, 2, "user-0", "m-1"), Message(tenant, 3, "user-0", "m-2"), Message(tenant, 4, "user-0", "m-3")];

    private static ReceiverRecord Receiver(string tenant, int client) => new(client, tenant, Room, 0, LogOf(tenant));

    private static History WithReceiver(Func<EntryRecord[], EntryRecord[]> change) => Clean() with { Receivers = [Receiver("a", 0) with { Entries = change(LogOf("a")) }] };

    private static History WithLog(string tenant, EntryRecord[] log, params EntryRecord[] more) =>
        new([.. AskedFor(log)], [Receiver(tenant, 0) with { Entries = [.. LogOf(tenant), .. more] }], [new(tenant, Room, log)]);
}
