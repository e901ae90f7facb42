using System.Text.Json;
using Caas.Adapters.Sqlite;
using Caas.Contracts;
using Caas.Core.Callers;
using Caas.Core.Entries;
using Caas.Core.Ids;
using Caas.Core.Refusals;
using Caas.Core.Users;
using Caas.Tests.Callers;
using Xunit;
using static Caas.Tests.Callers.IdentityPlatform;

namespace Caas.Tests.Users;

public sealed class UserServiceTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_upsert_creates_then_replaces_then_changes_nothing()
    {
        await using var platform = await WithTenantAsync();
        var (made, created, _) = await platform.Users.UpsertAsync(Backend(), "Zoe@x", new("Zoë", "https://a.example/z.png", "admin", Json("""{"a":1}""")), Cancelled);
        Assert.True(created);
        Assert.Equal(("Zoe@x", "Zoë", "admin", made.CreatedAt), (made.Id, made.Name, made.Role, made.UpdatedAt));
        platform.Clock.Advance(TimeSpan.FromMinutes(1));
        (var replaced, created, _) = await platform.Users.UpsertAsync(Backend(), "Zoe@x", new("Zoe"), Cancelled);
        Assert.False(created);
        Assert.Equal(("Zoe", (string?)null, "user", (JsonElement?)null), (replaced.Name, replaced.AvatarUrl, replaced.Role, replaced.Custom));
        Assert.Equal((made.CreatedAt, made.CreatedAt.AddMinutes(1)), (replaced.CreatedAt, replaced.UpdatedAt));
        platform.Clock.Advance(TimeSpan.FromMinutes(1));
        (var same, _, _) = await platform.Users.UpsertAsync(Backend(), "Zoe@x", new("Zoe", Custom: Json("null")), Cancelled);
        Assert.Equal(replaced, same);
        Assert.Equal(2, (await LogAsync(platform, "Zoe@x")).Count);
    }

    [Fact]
    public async Task Of_many_upserts_at_once_all_succeed_and_the_log_adds_up_to_the_profile()
    {
        await using var one = await WithTenantAsync();
        await using var other = await one.AnotherAsync();
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 16).Select(i => (i % 2 == 0 ? one : other).Users.UpsertAsync(Backend(), "carol", new($"Carol {i}"), Cancelled)));
        Assert.Single(outcomes, outcome => outcome.Created);
        var found = await one.Users.GetAsync(Backend(), "carol", Cancelled);
        await LoseUsersAsync(one);
        await one.Get<UserProjection>().RepairAsync(LogId.OfUser(new("acme"), new("carol")), [], Cancelled);
        Assert.Equal(found, await other.Users.GetAsync(Backend(), "carol", Cancelled));
    }

    [Fact]
    public async Task What_was_appended_before_a_crash_is_projected_by_the_next_upsert()
    {
        await using var platform = await WithTenantAsync();
        await platform.Users.UpsertAsync(Backend(), "carol", new("Carol"), Cancelled);
        await LoseUsersAsync(platform);
        await RefusedAsync(() => platform.Users.GetAsync(Backend(), "carol", Cancelled), Refusal.UserNotFound);
        var (user, created, _) = await platform.Users.UpsertAsync(Backend(), "carol", new("Caroline"), Cancelled);
        Assert.Equal(("Caroline", false), (user.Name, created));
    }

    [Fact]
    public async Task Everything_that_is_wrong_with_a_profile_is_told_at_once()
    {
        await using var platform = await WithTenantAsync();
        var wrong = new UpsertUserRequest("", "javascript:alert(1)", "owner", Json("[1]"));
        var refused = await RefusedAsync(() => platform.Users.UpsertAsync(Backend(), "not/an id", wrong, Cancelled), Refusal.ValidationFailed);
        Assert.Equal(["avatarUrl", "custom", "name", "role", "userId"], refused.Errors!.Keys.Order());
        var large = Json($$"""{"a":"{{new string('x', 8192)}}"}""");
        foreach (var request in new UpsertUserRequest[] { new(new string('x', 201)), new("\ud800"), new("x", "https://a.example/" + new string('x', 2048)), new("x", "/relative"), new("x", Custom: large) })
        {
            await RefusedAsync(() => platform.Users.UpsertAsync(Backend(), "carol", request, Cancelled), Refusal.ValidationFailed);
        }

        await RefusedAsync(() => platform.Users.GetAsync(Backend(), "carol", Cancelled), Refusal.UserNotFound);
    }

    [Fact]
    public async Task A_batch_is_checked_before_anything_is_stored()
    {
        await using var platform = await WithTenantAsync();
        var refused = await RefusedAsync(
            () => platform.Users.UpsertManyAsync(Backend(), new([new("u1", "fine"), new("u2", ""), new("u1", "twice"), new("x y", "z", Role: "king"), null!]), Cancelled), Refusal.ValidationFailed);
        Assert.Equal(["users[1].name", "users[2].id", "users[3].id", "users[3].role", "users[4]"], refused.Errors!.Keys.Order(StringComparer.Ordinal));
        await RefusedAsync(() => platform.Users.GetAsync(Backend(), "u1", Cancelled), Refusal.UserNotFound);
        await RefusedAsync(() => platform.Users.UpsertManyAsync(Backend(), new([]), Cancelled), Refusal.ValidationFailed);
        await RefusedAsync(() => platform.Users.UpsertManyAsync(Backend(), new([.. Enumerable.Range(0, 101).Select(i => new BatchUser($"u{i}", "x"))]), Cancelled), Refusal.ValidationFailed);
        var (stored, _) = await platform.Users.UpsertManyAsync(Backend(), new([.. Enumerable.Range(0, 99).Select(i => new BatchUser($"u{i}", $"User {i}")), new("alice", "Alice")]), Cancelled);
        Assert.Equal([.. Enumerable.Range(0, 99).Select(i => $"User {i}"), "Alice"], stored.Items.Select(user => user.Name));
    }

    [Fact]
    public async Task A_patch_changes_what_it_names_and_null_clears()
    {
        await using var platform = await WithTenantAsync();
        await platform.Users.UpsertAsync(Backend(), "alice", new("Alice", "https://a.example/a.png", null, Json("""{"a":1}""")), Cancelled);
        var (renamed, _) = await platform.Users.UpdateAsync(Backend(), "alice", new() { Name = "Ally" }, Cancelled);
        Assert.Equal(("Ally", "https://a.example/a.png", 1), (renamed.Name, renamed.AvatarUrl, renamed.Custom!.Value.GetProperty("a").GetInt32()));
        var (cleared, _) = await platform.Users.UpdateAsync(Backend(), "alice", new() { AvatarUrl = null, Custom = new Optional<JsonElement>(Json("null")) }, Cancelled);
        Assert.Equal(("Ally", (string?)null, (JsonElement?)null), (cleared.Name, cleared.AvatarUrl, cleared.Custom));
        var entries = (await LogAsync(platform, "alice")).Count;
        Assert.Equal(cleared, (await platform.Users.UpdateAsync(Backend(), "alice", new() { AvatarUrl = null, Name = "Ally" }, Cancelled)).User);
        Assert.Equal(cleared, (await platform.Users.UpdateAsync(Backend(), "alice", new(), Cancelled)).User);
        Assert.Equal(entries, (await LogAsync(platform, "alice")).Count);
        await RefusedAsync(() => platform.Users.UpdateAsync(Backend(), "alice", new() { Name = null }, Cancelled), Refusal.ValidationFailed);
        await RefusedAsync(() => platform.Users.UpdateAsync(Backend(), "alice", new() { Role = null }, Cancelled), Refusal.ValidationFailed);
        await RefusedAsync(() => platform.Users.UpdateAsync(Backend(), "nobody", new() { Name = "x" }, Cancelled), Refusal.UserNotFound);
    }

    [Fact]
    public async Task Two_patches_at_once_do_not_undo_each_other()
    {
        await using var one = await WithTenantAsync();
        await using var other = await one.AnotherAsync();
        await Task.WhenAll(
            one.Users.UpdateAsync(Backend(), "alice", new() { Name = "Ally" }, Cancelled),
            other.Users.UpdateAsync(Backend(), "alice", new() { AvatarUrl = "https://a.example/a.png" }, Cancelled),
            other.Users.UpdateAsync(Backend(), "alice", new() { Role = "admin" }, Cancelled));
        var user = await one.Users.GetAsync(Backend(), "alice", Cancelled);
        Assert.Equal(("Ally", "https://a.example/a.png", "admin"), (user.Name, user.AvatarUrl, user.Role));
    }

    [Fact]
    public async Task A_user_reads_profiles_and_changes_its_own_but_no_role()
    {
        await using var platform = await WithTenantAsync();
        var alice = User("alice");
        Assert.Equal("bob", (await platform.Users.GetAsync(alice, "bob", Cancelled)).Name);
        Assert.Equal(2, (await platform.Users.ListAsync(alice, null, null, null, Cancelled)).Items.Count);
        Assert.Equal("Ally", (await platform.Users.UpdateAsync(alice, "alice", new() { Name = "Ally" }, Cancelled)).User.Name);
        await RefusedAsync(() => platform.Users.UpdateAsync(alice, "alice", new() { Role = "admin" }, Cancelled), Refusal.NotAllowed);
        await RefusedAsync(() => platform.Users.UpdateAsync(alice, "bob", new() { Name = "x" }, Cancelled), Refusal.NotAllowed);
        await RefusedAsync(() => platform.Users.UpsertAsync(alice, "alice", new("x", Role: "admin"), Cancelled), Refusal.NotAllowed);
        await RefusedAsync(() => platform.Users.DeactivateAsync(alice, "bob", Cancelled), Refusal.NotAllowed);
        Assert.Equal("admin", (await platform.Users.UpdateAsync(alice with { IsTenantAdmin = true }, "bob", new() { Role = "admin" }, Cancelled)).User.Role);
    }

    [Fact]
    public async Task Scopes_and_tenants_hold()
    {
        await using var platform = await WithTenantAsync();
        await platform.AddTenantAsync("other", "carol");
        await RefusedAsync(() => platform.Users.GetAsync(Backend(), "carol", Cancelled), Refusal.UserNotFound);
        await RefusedAsync(() => platform.Users.UpdateAsync(Backend(), "carol", new() { Name = "x" }, Cancelled), Refusal.UserNotFound);
        await RefusedAsync(() => platform.Users.DeactivateAsync(Backend(), "carol", Cancelled), Refusal.UserNotFound);
        await RefusedAsync(() => platform.Users.GetAsync(Backend(), "not/an id", Cancelled), Refusal.UserNotFound);
        await RefusedAsync(() => platform.Users.UpsertAsync(Backend("acme", Scopes.UsersRead), "x", new("x"), Cancelled), Refusal.InsufficientScope);
        await RefusedAsync(() => platform.Users.UpdateAsync(Backend("acme", Scopes.UsersRead), "alice", new() { Name = "x" }, Cancelled), Refusal.InsufficientScope);
        await RefusedAsync(() => platform.Users.GetAsync(Backend("acme", Scopes.MessagesRead), "alice", Cancelled), Refusal.InsufficientScope);
        await RefusedAsync(() => platform.Users.GetAsync(Admin, "alice", Cancelled), Refusal.NotAllowed);
        Assert.Equal("alice", (await platform.Users.GetAsync(Backend("acme", Scopes.UsersWrite), "alice", Cancelled)).Name);
    }

    [Fact]
    public async Task The_list_is_paged_and_searched()
    {
        await using var platform = await WithTenantAsync();
        await platform.Users.UpsertManyAsync(Backend(), new([new("u1", "Albert"), new("u2", "Zoe"), new("ALfred", "x")]), Cancelled);
        var first = await platform.Users.ListAsync(Backend(), "al", 2, null, Cancelled);
        Assert.Equal(["ALfred", "alice"], first.Items.Select(user => user.Id));
        var second = await platform.Users.ListAsync(Backend(), "al", 2, first.Next, Cancelled);
        Assert.Equal(["u1"], second.Items.Select(user => user.Id));
        Assert.Null(second.Next);
        await RefusedAsync(() => platform.Users.ListAsync(Backend(), null, null, "forged", Cancelled), Refusal.InvalidCursor);
        await RefusedAsync(() => platform.Users.ListAsync(Backend(), new string('x', 201), null, null, Cancelled), Refusal.ValidationFailed);
        await RefusedAsync(() => platform.Users.ListAsync(Backend(), null, 201, null, Cancelled), Refusal.ValidationFailed);
    }

    [Fact]
    public async Task A_deactivated_users_tokens_work_nowhere_after_five_seconds_and_only_a_reactivation_brings_it_back()
    {
        await using var one = await WithTenantAsync();
        await using var other = await one.AnotherAsync();
        var pair = await one.TokenAsync();
        await other.CallerAsync(pair.Token);
        await one.Users.DeactivateAsync(Backend(), "alice", Cancelled);
        await one.Users.DeactivateAsync(Backend(), "alice", Cancelled);
        await RefusedAsync(() => one.CallerAsync(pair.Token), Refusal.TokenRevoked);
        await one.PassFiveSecondsAsync(other);
        await RefusedAsync(() => other.CallerAsync(pair.Token), Refusal.TokenRevoked);
        await RefusedAsync(() => other.Tokens.RefreshAsync(new(pair.RefreshToken), Cancelled), Refusal.TokenRevoked);
        await RefusedAsync(() => one.TokenAsync(), Refusal.NotAllowed);
        Assert.NotNull((await one.Users.GetAsync(Backend(), "alice", Cancelled)).DeactivatedAt);

        var (user, created, _) = await one.Users.UpsertAsync(Backend(), "alice", new("Alice again"), Cancelled);
        Assert.Equal(("Alice again", false, false), (user.Name, user.DeactivatedAt is null, created));
        var (many, _) = await one.Users.UpsertManyAsync(Backend(), new([new("alice", "Alice of the batch"), new("bob", "bob")]), Cancelled);
        Assert.Equal([("Alice of the batch", false), ("bob", true)], many.Items.Select(item => (item.Name, item.DeactivatedAt is null)));
        await RefusedAsync(() => one.TokenAsync(), Refusal.NotAllowed);

        var back = await one.Users.ReactivateAsync(Backend(), "alice", Cancelled);
        Assert.Equal(("Alice of the batch", (DateTimeOffset?)null), (back.Name, back.DeactivatedAt));
        Assert.Equal(back.UpdatedAt, (await one.Users.ReactivateAsync(Backend(), "alice", Cancelled)).UpdatedAt);
        await RefusedAsync(() => one.Users.ReactivateAsync(Backend(), "nobody", Cancelled), Refusal.UserNotFound);
        await RefusedAsync(() => one.Users.ReactivateAsync(Backend("acme", Scopes.UsersRead), "alice", Cancelled), Refusal.InsufficientScope);
        await other.CallerAsync((await one.TokenAsync()).Token);
        await RefusedAsync(() => one.CallerAsync(pair.Token), Refusal.TokenRevoked);
    }

    [Fact]
    public async Task A_deactivation_that_died_before_it_was_projected_revokes_when_it_is_repaired()
    {
        await using var platform = await WithTenantAsync();
        var token = (await platform.TokenAsync()).Token;
        var data = JsonSerializer.SerializeToElement(new { by = "key:ck_test", until = platform.Clock.GetUtcNow().AddDays(7) });
        await platform.Get<EntryAppender>().AppendAsync(
            new()
            {
                Log = LogId.OfUser(new("acme"), new("alice")),
                Id = "0197f3c2-0000-7000-8000-000000000001",
                Type = SystemEntryTypes.UserDeactivated,
                At = platform.Clock.GetUtcNow().AddMilliseconds(1),
                ClientMessageId = "$crash",
                ContentHash = "00",
                Target = EntryTarget.Log,
                Data = data,
            },
            Cancelled);
        await platform.CallerAsync(token);
        var log = LogId.OfUser(new("acme"), new("alice"));
        var header = new Caas.Core.Feed.EntryHeader(log, 2, 0, SystemEntryTypes.UserDeactivated, EntryTarget.Log, null, platform.Clock.GetUtcNow());
        await platform.Get<UserProjection>().RepairAsync(log, [header], Cancelled);
        await RefusedAsync(() => platform.CallerAsync(token), Refusal.TokenRevoked);
        Assert.NotNull((await platform.Users.GetAsync(Backend(), "alice", Cancelled)).DeactivatedAt);
    }

    private static Caller User(string id) => new() { Kind = CallerKind.User, Tenant = new("acme"), User = new(id) };

    private static JsonElement Json(string json) => JsonDocument.Parse(json).RootElement;

    private static Task<IReadOnlyList<Entry>> LogAsync(IdentityPlatform platform, string user) =>
        platform.Get<IEntryStore>().ReadAfterAsync(LogId.OfUser(new TenantId("acme"), new(user)), 0, 100, Cancelled);

    private static Task<int> LoseUsersAsync(IdentityPlatform platform) => platform.Get<SqliteDatabase>().WriteAsync(connection => connection.Execute("DELETE FROM users"), Cancelled);
}
