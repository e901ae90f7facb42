using System.Text;
using Caas.Core.Idempotency;
using Caas.Core.Refusals;
using Caas.Tests.Callers;
using Xunit;
using static Caas.Tests.Callers.IdentityPlatform;

namespace Caas.Tests.Idempotency;

public sealed class IdempotentAnswersTests
{
    private const string Route = "POST /v1/tenants";

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_same_key_and_body_get_the_same_answer_for_a_day()
    {
        await using var one = new IdentityPlatform();
        await using var other = new IdentityPlatform(one);
        var claim = await ClaimedAsync(one, "k");
        await one.Get<IdempotentAnswers>().CompleteAsync(claim, 201, """{"id":"1"}""", "/v1/tenants/1", "1", holdsSecret: false, Cancelled);
        var (again, replay) = await ClaimAsync(other, "k");
        Assert.Null(again);
        Assert.Equal(new StoredAnswer(201, """{"id":"1"}""", "/v1/tenants/1"), replay);
        one.Clock.Advance(TimeSpan.FromHours(24) - TimeSpan.FromSeconds(1));
        Assert.NotNull((await ClaimAsync(other, "k")).Replay);
        one.Clock.Advance(TimeSpan.FromSeconds(1));
        await ClaimedAsync(other, "k");
    }

    [Fact]
    public async Task An_answer_without_a_body_is_given_again_too()
    {
        await using var platform = new IdentityPlatform();
        await platform.Get<IdempotentAnswers>().CompleteAsync(await ClaimedAsync(platform, "k"), 204, null, null, null, holdsSecret: false, Cancelled);
        Assert.Equal(new StoredAnswer(204, "", null), (await ClaimAsync(platform, "k")).Replay);
    }

    [Fact]
    public async Task Another_body_is_refused_while_it_runs_and_afterwards()
    {
        await using var platform = new IdentityPlatform();
        var claim = await ClaimedAsync(platform, "k");
        await RefusedAsync(() => ClaimAsync(platform, "k", body: "other"), Refusal.IdempotencyKeyReused);
        await platform.Get<IdempotentAnswers>().CompleteAsync(claim, 201, "{}", null, null, holdsSecret: false, Cancelled);
        await RefusedAsync(() => ClaimAsync(platform, "k", body: "other"), Refusal.IdempotencyKeyReused);
    }

    [Fact]
    public async Task Callers_routes_and_keys_are_told_apart()
    {
        await using var platform = new IdentityPlatform();
        await ClaimedAsync(platform, "k");
        await ClaimedAsync(platform, "K");
        Assert.NotNull((await ClaimAsync(platform, "k", caller: "acme/key:b")).Claim);
        Assert.NotNull((await ClaimAsync(platform, "k", route: "POST /v1/tenants/x")).Claim);
    }

    [Fact]
    public async Task Of_many_at_once_one_runs_and_the_others_are_told_so()
    {
        await using var platform = new IdentityPlatform();
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 10).Select(async _ =>
        {
            try
            {
                return (await ClaimAsync(platform, "k")).Claim;
            }
            catch (RefusedException refused) when (refused.Refusal == Refusal.IdempotencyKeyInUse && refused.RetryAfter > TimeSpan.Zero)
            {
                return null;
            }
        }));
        Assert.Single(outcomes, claim => claim is not null);
    }

    [Fact]
    public async Task A_replay_of_a_secret_is_refused_with_the_id_and_the_store_never_saw_the_secret()
    {
        await using var platform = new IdentityPlatform();
        await platform.Get<IdempotentAnswers>().CompleteAsync(await ClaimedAsync(platform, "k"), 201, """{"key":"secret"}""", "/v1/api-keys/ck_1", "ck_1", holdsSecret: true, Cancelled);
        var refused = await RefusedAsync(() => ClaimAsync(platform, "k"), Refusal.AlreadyCreated);
        Assert.Equal("ck_1", refused.ExistingId);
        await RefusedAsync(() => ClaimAsync(platform, "k", body: "other"), Refusal.IdempotencyKeyReused);
        var files = Directory.GetFiles(Path.GetDirectoryName(platform.Get<Caas.Adapters.Sqlite.SqliteDatabase>().Path)!).Where(file => !file.EndsWith("-shm", StringComparison.Ordinal));
        foreach (var file in files)
        {
            await using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var reader = new StreamReader(stream, Encoding.Latin1);
            Assert.DoesNotContain("\"secret\"", await reader.ReadToEndAsync(Cancelled), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_call_that_was_refused_or_whose_process_died_can_be_tried_again()
    {
        await using var platform = new IdentityPlatform();
        await platform.Get<IdempotentAnswers>().ReleaseAsync(await ClaimedAsync(platform, "k"), Cancelled);
        await ClaimedAsync(platform, "k");
        platform.Clock.Advance(IdempotentAnswers.ClaimLifetime);
        await ClaimedAsync(platform, "k");
    }

    [Theory]
    [InlineData("")]
    [InlineData("with space")]
    [InlineData("ümlaut")]
    [InlineData("tab\t")]
    public async Task A_key_of_a_wrong_form_is_refused(string key)
    {
        await using var platform = new IdentityPlatform();
        await RefusedAsync(() => ClaimAsync(platform, key), Refusal.ValidationFailed);
        await RefusedAsync(() => ClaimAsync(platform, new string('k', 256)), Refusal.ValidationFailed);
    }

    private static async Task<IdempotencyClaim> ClaimedAsync(IdentityPlatform platform, string key)
    {
        var (claim, replay) = await ClaimAsync(platform, key);
        Assert.Null(replay);
        return claim!;
    }

    private static Task<(IdempotencyClaim? Claim, StoredAnswer? Replay)> ClaimAsync(IdentityPlatform platform, string key, string body = "{}", string caller = "acme/key:a", string route = Route) =>
        platform.Get<IdempotentAnswers>().ClaimAsync(caller, route, key, Encoding.UTF8.GetBytes(body), Cancelled);
}
