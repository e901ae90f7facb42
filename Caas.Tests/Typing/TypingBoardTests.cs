using Caas.Core.Entries;
using Caas.Core.Typing;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Caas.Tests.Typing;

public sealed class TypingBoardTests : IDisposable
{
    private static readonly LogId Room = new(new("acme"), "room");
    private readonly FakeTimeProvider _clock = new();
    private readonly TestMeters _meters = new();
    private readonly List<string> _told = [];
    private readonly TypingBoard _board;

    public TypingBoardTests()
    {
        _board = new(Options.Create(new TypingOptions()), new(_meters), _clock);
        _board.Changed += change => _told.Add(string.Join(",", change.Now.Select(typist => typist.User.Value)));
    }

    public void Dispose()
    {
        _board.Dispose();
        _meters.Dispose();
    }

    [Fact]
    public void Who_does_not_say_it_again_types_no_more_after_five_seconds_and_who_does_types_on()
    {
        Start("alice");
        _clock.Advance(TimeSpan.FromSeconds(3));
        Start("bob");
        Start("alice");
        _clock.Advance(TimeSpan.FromSeconds(4.9));
        Assert.Equal(["alice", "alice,bob"], _told);
        Assert.NotNull(_board.Find(Room, new("alice")));
        _clock.Advance(TimeSpan.FromSeconds(0.2));
        Assert.Equal(["alice", "alice,bob", ""], _told);
        Assert.Null(_board.Find(Room, new("alice")));
        Assert.Equal(0, _board.Count);
    }

    [Fact]
    public void Stopping_is_told_at_once_and_only_once()
    {
        Start("alice");
        _clock.Advance(TimeSpan.FromSeconds(1));
        _board.Stop(Room, new("bob"), DateTimeOffset.MaxValue, TypingEnd.Stopped);
        _board.Stop(Room, new("alice"), DateTimeOffset.MaxValue, TypingEnd.Stopped);
        _board.Stop(Room, new("alice"), DateTimeOffset.MaxValue, TypingEnd.Stopped);
        Assert.Equal(["alice", ""], _told);
        Assert.Equal(0, _board.Count);
    }

    [Fact]
    public void A_message_ends_what_began_before_it_and_not_what_began_after()
    {
        Start("alice");
        _board.Stop(Room, new("alice"), _clock.GetUtcNow().AddMilliseconds(-1), TypingEnd.Sent);
        Assert.NotNull(_board.Find(Room, new("alice")));
        _board.Stop(Room, new("alice"), _clock.GetUtcNow(), TypingEnd.Sent);
        Assert.Null(_board.Find(Room, new("alice")));
    }

    [Fact]
    public void Changes_in_quick_succession_are_told_together_the_last_state_always()
    {
        for (var i = 0; i < 50; i++)
        {
            Start($"user-{i:00}");
            _clock.Advance(TimeSpan.FromMilliseconds(10));
        }

        _clock.Advance(TimeSpan.FromMilliseconds(100));
        Assert.InRange(_told.Count, 5, 7);
        Assert.Equal(50, _told[^1].Split(',').Length);
        foreach (var user in Enumerable.Range(0, 50))
        {
            _board.Stop(Room, new($"user-{user:00}"), DateTimeOffset.MaxValue, TypingEnd.Stopped);
        }

        _clock.Advance(TimeSpan.FromMilliseconds(100));
        Assert.Equal("", _told[^1]);
        Assert.Equal(0, _board.Count);
    }

    [Fact]
    public void Durations_are_measured_by_the_process_where_it_began()
    {
        using var meters = new TestMeters();
        using var board = new TypingBoard(Options.Create(new TypingOptions()), new(meters), _clock);
        board.Start(Room, new(new("alice"), "Alice", _clock.GetUtcNow()), own: true);
        board.Start(Room, new(new("bob"), "Bob", _clock.GetUtcNow()), own: false);
        _clock.Advance(TimeSpan.FromSeconds(2));
        board.Start(Room, new(new("carol"), "Carol", _clock.GetUtcNow()), own: true);
        board.Stop(Room, new("alice"), DateTimeOffset.MaxValue, TypingEnd.Sent);
        _clock.Advance(TimeSpan.FromSeconds(60));
        Assert.Equal([(2, "end=sent"), (0, "end=expired")], meters.Of("caas.typing.duration"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("Alice is typing…", "Alice")]
    [InlineData("Alice and Bob are typing…", "Alice", "Bob")]
    [InlineData("Alice, Bob and Carol are typing…", "Alice", "Bob", "Carol")]
    [InlineData("Alice, Bob and 2 others are typing…", "Alice", "Bob", "Carol", "Dan")]
    public void The_text_names_up_to_three(string expected, params string[] names) => Assert.Equal(expected, TypingText.Of(names));

    private void Start(string user) => _board.Start(Room, new(new(user), user, _clock.GetUtcNow()), own: true);
}
