using System.Net;
using System.Text.Json;
using Caas.Core.EventLog;
using Caas.Core.Events;
using Caas.Core.Feed;
using Caas.Core.Ids;
using Caas.Tests.Gateway;
using Caas.Tests.Sqlite;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Caas.Tests.EventLog;

/// <summary>The tenant's history over REST: complete, in order, from any position, filtered, waited for.</summary>
[Collection<GatewayCollection>]
public sealed class EventLogTests(GatewayFixture gateway)
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_whole_history_comes_page_by_page_as_it_is_published()
    {
        var tenant = await (await gateway.CreateTenantAsync()).WithUsersAsync("ann", "bob");
        var room = await tenant.CreateGroupAsync("ann", "bob");
        await SendAsync(tenant, room, 7);
        var all = await ReadAllAsync(tenant, "limit=3");

        Assert.Equal(Enumerable.Range(1, all.Count).Select(i => $"{i}"), all.Select(one => one.GetProperty("position").GetString()));
        Assert.Equal(7, all.Count(one => TypeOf(one) == "caas.message.created"));
        Assert.Equal("caas.tenant.created", TypeOf(all[0]));

        // The very events that are published, to the byte.
        var items = await gateway.Services.GetRequiredService<IFeedStore>().ReadAsync(new TenantId(tenant.Id), 0, 1_000, Cancelled);
        var published = (await gateway.Services.GetRequiredService<EventMapper>().MapAsync(items, Topics.All, Cancelled)).Select(item => item.Records[0].CloudEvent);
        Assert.Equal(published.Select(one => System.Text.Encoding.UTF8.GetString(one.Span)), all.Select(one => one.GetRawText()));
    }

    [Fact]
    public async Task It_is_replayed_from_any_position_and_tells_what_was_deleted_as_it_stands_now()
    {
        var tenant = await (await gateway.CreateTenantAsync()).WithUsersAsync("ann");
        var room = await tenant.CreateGroupAsync("ann");
        var sent = (await tenant.OnBehalfOf("ann").PostAsync($"/v1/conversations/{room}/messages", new { text = "the secret word" })).Expect(HttpStatusCode.Created);
        var before = await ReadAllAsync(tenant, "types=message.created");
        Assert.Contains("the secret word", before[0].GetRawText(), StringComparison.Ordinal);
        (await tenant.OnBehalfOf("ann").DeleteAsync($"/v1/conversations/{room}/messages/{sent.Id}")).Expect(HttpStatusCode.NoContent);

        var position = long.Parse(before[0].GetProperty("position").GetString()!, System.Globalization.CultureInfo.InvariantCulture);
        var again = (await tenant.Backend.GetAsync($"/v1/events?after={position - 1}&limit=1")).Expect(HttpStatusCode.OK).Items[0];
        Assert.Equal(before[0].GetProperty("id").GetString(), again.GetProperty("id").GetString());
        Assert.DoesNotContain("the secret word", again.GetRawText(), StringComparison.Ordinal);
        Assert.NotEqual(JsonValueKind.Null, again.GetProperty("data").GetProperty("message").GetProperty("deletedAt").ValueKind);
    }

    [Fact]
    public async Task A_filter_skips_much_and_next_goes_on_all_the_same()
    {
        var tenant = await (await gateway.CreateTenantAsync()).WithUsersAsync("ann", "bob");
        var room = await tenant.CreateGroupAsync("ann", "bob");
        await SendAsync(tenant, room, 20);
        var all = await ReadAllAsync(tenant, "");
        var none = (await tenant.Backend.GetAsync("/v1/events?types=call.ended")).Expect(HttpStatusCode.OK);
        Assert.Empty(none.Items);
        Assert.Equal(($"{all.Count}", true), (none["next"].GetString(), none["complete"].GetBoolean()));

        string[] wanted = ["caas.tenant.created", "caas.conversation.created"];
        Assert.Equal(all.Where(one => wanted.Contains(TypeOf(one))).Select(one => one.GetRawText()), (await ReadAllAsync(tenant, "types=tenant.*,caas.conversation.created&limit=2")).Select(one => one.GetRawText()));
        Assert.Equal(20, (await ReadAllAsync(tenant, "types=message.created&types=message.edited&limit=7")).Count);
    }

    [Fact]
    public async Task Who_waits_at_the_end_is_answered_when_something_happens_and_not_by_what_the_filter_leaves_out()
    {
        var tenant = await (await gateway.CreateTenantAsync()).WithUsersAsync("ann");
        var room = await tenant.CreateGroupAsync("ann");
        await ReadAllAsync(tenant, "types=member.added");
        var end = (await tenant.Backend.GetAsync("/v1/events?after=latest")).Expect(HttpStatusCode.OK)["next"].GetString();
        var waiting = tenant.Backend.GetAsync($"/v1/events?after={end}&types=message.created&waitSeconds=60");
        (await tenant.OnBehalfOf("ann").PatchAsync($"/v1/conversations/{room}", new { name = "Another" })).Expect(HttpStatusCode.OK);
        await SendAsync(tenant, room, 1);
        var answer = (await waiting.WaitAsync(TimeSpan.FromSeconds(30), Cancelled)).Expect(HttpStatusCode.OK);
        Assert.Equal(["caas.message.created"], answer.Items.Select(TypeOf));

        var over = (await tenant.Backend.GetAsync($"/v1/events?after={answer["next"].GetString()}&waitSeconds=1")).Expect(HttpStatusCode.OK);
        Assert.Equal((0, answer["next"].GetString(), true), (over.Items.Count, over["next"].GetString(), over["complete"].GetBoolean()));
    }

    [Fact]
    public async Task What_is_no_position_no_type_no_wait_or_beyond_the_end_is_refused()
    {
        var tenant = await gateway.CreateTenantAsync();
        foreach (var (query, field) in new[]
        {
            ("after=x", "after"), ("after=-1", "after"), ("after=1e3", "after"), ("after=99999999999999999999", "after"), ("after=%2B1", "after"), ("types=Message", "types"), ("types=,", "types"), ("types=..", "types"), ("types=message", "types"), ("types=message.created,bogus.event", "types"), ("types=bogus.*", "types"),
            ("types=" + string.Join(',', Enumerable.Repeat("a", 51)), "types"), ("limit=0", "limit"), ("limit=1001", "limit"), ("waitSeconds=61", "waitSeconds"), ("waitSeconds=-1", "waitSeconds"),
        })
        {
            (await tenant.Backend.GetAsync($"/v1/events?{query}")).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", field);
        }

        (await tenant.Backend.GetAsync("/v1/events?after=1000000")).ExpectProblem(HttpStatusCode.BadRequest, "invalid_arguments", "after");
        (await (await tenant.WithScopesAsync("messages:write")).GetAsync("/v1/events")).ExpectProblem(HttpStatusCode.Forbidden, "insufficient_scope");
        (await (await tenant.WithScopesAsync("events:read")).GetAsync("/v1/events")).Expect(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_backend_that_was_away_while_gateways_came_and_went_misses_nothing_and_waits_on_the_other_gateway()
    {
        using var folder = new TempFolder();
        List<string> told = [];
        string? after = null, key = null;
        for (var life = 0; life < 3; life++)
        {
            // A new life of the gateway, on what the one before left; the backend was away meanwhile and goes on where it was.
            await using var app = await StartAsync(folder);
            await using var other = await StartAsync(folder);
            using var http = new HttpClient { BaseAddress = new Uri(app.Urls.First()) };
            using var otherHttp = new HttpClient { BaseAddress = new Uri(other.Urls.First()) };
            var admin = new Api(http, ("Authorization", $"Bearer {GatewayFixture.AdminKey}"));
            if (key is null)
            {
                (await admin.PostAsync("/v1/tenants", new { id = "acme", name = "Acme" })).Expect(HttpStatusCode.Created);
                key = (await admin.PostAsync("/v1/tenants/acme/api-keys", new { name = "backend" })).Expect(HttpStatusCode.Created)["key"].GetString()!;
                (await new Api(http, ("X-Api-Key", key)).PutAsync("/v1/users/ann", new { name = "Ann" })).Expect(HttpStatusCode.Created);
                (await new Api(http, ("X-Api-Key", key)).PostAsync("/v1/conversations", new { type = "group", id = "room", memberIds = new[] { "ann" } })).Expect(HttpStatusCode.Created);
            }

            var (backend, elsewhere) = (new Api(http, ("X-Api-Key", key)), new Api(otherHttp, ("X-Api-Key", key)));
            for (var n = 0; n < 30; n++)
            {
                (await backend.PostAsync("/v1/conversations/room/messages", new { text = $"{life}-{n}" })).Expect(HttpStatusCode.Created);
                if (n == 14)
                {
                    // It looks once in the middle and is away again: of what comes afterwards it hears in the next life.
                    while (told.Count < (life * 30) + 15)
                    {
                        var page = (await elsewhere.GetAsync($"/v1/events?types=message.created&limit=4&waitSeconds=30{(after is null ? "" : $"&after={after}")}")).Expect(HttpStatusCode.OK);
                        told.AddRange(page.Items.Select(one => one.GetProperty("data").GetProperty("message").GetProperty("text").GetString()!));
                        after = page["next"].GetString();
                    }
                }
            }

            await other.StopAsync(Cancelled);
            await app.StopAsync(Cancelled);
        }

        Assert.Equal(Enumerable.Range(0, 3).SelectMany(life => Enumerable.Range(0, 30).Select(n => $"{life}-{n}")).Take(75), told);
    }

    [Fact]
    public async Task Too_many_who_wait_are_refused_and_those_who_wait_are_answered_when_the_host_stops()
    {
        using var folder = new TempFolder();
        await using var app = await StartAsync(folder, new() { ["Caas:EventLog:MaxWaitingPerTenant"] = "2" });
        using var http = new HttpClient { BaseAddress = new Uri(app.Urls.First()) };
        var admin = new Api(http, ("Authorization", $"Bearer {GatewayFixture.AdminKey}"));
        (await admin.PostAsync("/v1/tenants", new { id = "acme", name = "Acme" })).Expect(HttpStatusCode.Created);
        var backend = new Api(http, ("X-Api-Key", (await admin.PostAsync("/v1/tenants/acme/api-keys", new { name = "backend" })).Expect(HttpStatusCode.Created)["key"].GetString()!));
        await Eventually.HoldsAsync(async () => (await backend.GetAsync("/v1/events")).Items.Count == 4 ? null : "the history is not there", Cancelled);

        Task<Answer>[] waiting = [.. Enumerable.Range(0, 3).Select(_ => backend.GetAsync("/v1/events?after=latest&waitSeconds=60"))];
        var refused = await await Task.WhenAny(waiting).WaitAsync(TimeSpan.FromSeconds(30), Cancelled);
        refused.ExpectProblem(HttpStatusCode.TooManyRequests, "rate_limited");
        Assert.NotNull(refused.Header("Retry-After"));
        (await backend.GetAsync("/v1/events?after=latest")).Expect(HttpStatusCode.OK);

        var stopping = app.StopAsync(Cancelled);
        var answers = await Task.WhenAll(waiting).WaitAsync(TimeSpan.FromSeconds(30), Cancelled);
        Assert.Equal(2, answers.Count(answer => answer.Status == HttpStatusCode.OK && answer.Items.Count == 0 && answer["next"].GetString() == "4"));
        await stopping.WaitAsync(TimeSpan.FromSeconds(30), Cancelled);
    }

    [Theory]
    [InlineData("message.created", "message.created", true)]
    [InlineData("caas.message.created", "message.created", true)]
    [InlineData("message.*", "message.edited", true)]
    [InlineData("message.*", "messages.edited", false)]
    [InlineData("message.created", "message.edited", false)]
    [InlineData("what.is.not.known.yet", "what.is.not.known.yet", true)]
    public void Types_are_names_or_all_of_a_noun(string name, string type, bool wanted) => Assert.Equal(wanted, EventTypeFilter.Parse([name], "types").Wants(type));

    private static async Task<WebApplication> StartAsync(TempFolder folder, Dictionary<string, string?>? settings = null)
    {
        var app = GatewayFixture.Build(folder, new(), new(), settings);
        await app.StartAsync(Cancelled);
        return app;
    }

    private static string TypeOf(JsonElement one) => one.GetProperty("type").GetString()!;

    private static async Task SendAsync(TestTenant tenant, string room, int count)
    {
        for (var n = 0; n < count; n++)
        {
            (await tenant.OnBehalfOf("ann").PostAsync($"/v1/conversations/{room}/messages", new { text = $"message {n}" })).Expect(HttpStatusCode.Created);
        }
    }

    /// <summary>Everything up to what was there when it was asked for.</summary>
    private async Task<IReadOnlyList<JsonElement>> ReadAllAsync(TestTenant tenant, string query)
    {
        // What the last call made is in the history once a marker behind it is.
        var marker = $"marker-{Guid.NewGuid():N}";
        await tenant.WithUsersAsync(marker);
        await Eventually.HoldsAsync(async () => (await gateway.Services.GetRequiredService<IFeedStore>().ReadLastSeqsAsync([Caas.Core.Entries.LogId.OfUser(new(tenant.Id), new(marker))], Cancelled))[0] > 0 ? null : "the projector is behind", Cancelled);
        var all = new List<JsonElement>();
        var after = "0";
        while (true)
        {
            var page = (await tenant.Backend.GetAsync($"/v1/events?after={after}&{query}")).Expect(HttpStatusCode.OK);
            all.AddRange(page.Items);
            after = page["next"].GetString()!;
            if (page["complete"].GetBoolean())
            {
                return all;
            }
        }
    }
}
