using System.Buffers.Text;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Caas.Core.ApiKeys;
using Caas.Core.Ids;
using Caas.Core.Paging;
using Caas.Core.Refusals;
using Caas.Core.Tenants;
using Caas.Core.Tokens;
using Caas.Gateway.Idempotency;
using Caas.Realtime.Delivery;
using CsCheck;
using Microsoft.AspNetCore.Http;
using Xunit;
using static Caas.Tests.Callers.IdentityPlatform;
using static Caas.Tests.Hostile.OddInput;

namespace Caas.Tests.Hostile;

/// <summary>
/// What holds of every parser of what strangers send, for any input: it gives back what was meant or refuses, throws nothing else, takes no two texts for the same where that matters,
/// and does not ask in which country it runs.
/// </summary>
public sealed partial class ParserPropertyTests
{
    private const int Tries = 3_000;

    /// <summary>No country has numbers like these.</summary>
    private static readonly CultureInfo Elsewhere = MakeElsewhere();

    [Fact]
    public async Task A_cursor_gives_back_what_it_was_made_of_and_only_to_its_own_list_tenant_and_filter()
    {
        await using var platform = await WithTenantAsync();
        var cursors = platform.Get<Cursors>();
        await Gen.Select(Gen.String["ab"], Gen.String["ab"], Odd, Odd.Array[1, 3]).SampleAsync(
            async (list, other, filter, odd) =>
            {
                string[] parts = [.. odd.Select(part => $"-{WellFormed(part).Replace("\n", "", StringComparison.Ordinal)}")];
                var scope = ListScope.Of(new("acme"), list, WellFormed(filter));
                var cursor = await cursors.EncodeAsync(scope, CancellationToken.None, parts);
                if (cursor.Length > 1024)
                {
                    return await PartsAsync(cursors, scope, cursor, parts.Length) is null;
                }

                var back = await PartsAsync(cursors, scope, cursor, parts.Length);
                return back is not null && Enumerable.SequenceEqual(parts, back)
                    && await PartsAsync(cursors, scope, cursor, parts.Length + 1) is null
                    && await PartsAsync(cursors, ListScope.Of(new("rival"), list, WellFormed(filter)), cursor, parts.Length) is null
                    && (list == other || await PartsAsync(cursors, ListScope.Of(new("acme"), other, WellFormed(filter)), cursor, parts.Length) is null)
                    && await PartsAsync(cursors, ListScope.Of(new("acme"), list, WellFormed(filter) + "x"), cursor, parts.Length) is null
                    && await PartsAsync(cursors, ListScope.Of(new("acme"), list), cursor, parts.Length) is null;
            },
            iter: 1_000,
            threads: 1);
    }

    [Fact]
    public async Task Any_text_that_we_have_not_made_is_no_cursor()
    {
        await using var platform = await WithTenantAsync();
        var cursors = platform.Get<Cursors>();
        await Gen.Select(Odd, Gen.Int[1, 3]).SampleAsync(async (text, parts) => await PartsAsync(cursors, ListScope.Of(new("acme"), "users"), text, parts) is null, iter: 2_000, threads: 1);
    }

    [Fact]
    public void An_id_is_of_its_form_and_kept_as_it_is_or_refused() => Odd.Sample(
        text =>
        {
            var (user, tenant) = (PublicForm().IsMatch(text) && text is not ("." or ".."), TenantForm().IsMatch(text));
            return PublicId.IsValid(text) == user && TenantId.IsValid(text) == tenant
                && (user ? new UserId(text).Value == text && new ConversationId(text).Value == text : IsRefused(() => new UserId(text), Refusal.ValidationFailed) && IsRefused(() => new ConversationId(text), Refusal.ValidationFailed))
                && (tenant ? new TenantId(text).Value == text : IsRefused(() => new TenantId(text), Refusal.ValidationFailed));
        },
        iter: Tries);

    [Fact]
    public void An_API_key_falls_into_its_two_parts_and_no_other_way() => Odd.Sample(
        text => ApiKeySecret.Split(text) is not var (id, secret) || ($"{id}.{secret}" == text && id.Length > 0 && secret.Length > 0 && !id.Contains('.', StringComparison.Ordinal)), iter: Tries);

    [Fact]
    public void A_made_API_key_splits_matches_and_no_neighbour_of_it_does() => Gen.Select(Gen.Int[0, 42], Gen.Char["ABCabc019-_. \u00e4"]).Sample(
        (at, other) =>
        {
            var (secret, hash) = ApiKeySecret.New();
            var neighbour = $"{secret[..at]}{other}{secret[(at + 1)..]}";
            return ApiKeySecret.Split($"{ApiKeySecret.NewId()}.{secret}") is var (_, again) && again == secret && ApiKeySecret.Matches(secret, hash) && ApiKeySecret.Matches(neighbour, hash) == (neighbour == secret);
        },
        iter: 500);

    [Fact]
    public async Task Any_API_key_but_the_right_one_is_refused()
    {
        await using var platform = await WithTenantAsync();
        await Odd.SampleAsync(async text => await IsRefusedAsync(() => platform.Authenticator.AuthenticateApiKeyAsync(text, null, null, CancellationToken.None)), iter: 500, threads: 1);
    }

    [Fact]
    public async Task Any_token_that_nobody_made_is_refused()
    {
        await using var platform = await WithTenantAsync();
        var good = (await platform.TokenAsync()).Token.Split('.');
        var part = Gen.OneOf(Odd, Json.Select(json => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(json))), Header.Select(json => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(json))));
        await Gen.Select(part, part, part, Gen.Int[0, 3]).SampleAsync(
            async (header, claims, signature, keep) => await IsRefusedAsync(() => platform.CallerAsync(
                $"{(keep == 1 ? good[0] : header)}.{(keep == 2 ? good[1] : claims)}.{(keep == 3 ? good[2] : signature)}")),
            iter: 1_000,
            threads: 1);
    }

    [Fact]
    public void Any_claims_are_read_or_none() => Gen.OneOf(Odd, Json.Select(json => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(json)))).Sample(
        payload => Claims(payload) is not { } claims || (PublicId.IsValid(claims.Subject) && TenantId.IsValid(claims.Tenant)), iter: Tries);

    [Fact]
    public void An_idempotency_key_is_taken_as_it_is_or_refused() => Gen.OneOf(Odd, Gen.String["abcXYZ!~$/:"]).Array[0, 2].Sample(
        sent =>
        {
            var context = new DefaultHttpContext();
            context.Request.Headers[IdempotencyKey.Header] = sent;
            var fits = sent is [var key] && KeyForm().IsMatch(key);
            return sent.Length == 0 || (sent is [""] && !fits) ? Reads(context, null) || IsRefused(() => IdempotencyKey.Read(context.Request), Refusal.ValidationFailed)
                : fits ? Reads(context, sent[0]) : IsRefused(() => IdempotencyKey.Read(context.Request), Refusal.ValidationFailed);
        },
        iter: Tries);

    [Fact]
    public void Any_text_is_an_address_a_range_or_neither_and_an_origin_can_be_written_back() => Odd.Sample(
        text => (!IpAllowList.IsValid(text) || AddressForm().IsMatch(text)) && (!CorsOrigin.IsWritable(text) || text.All(character => character is > ' ' and <= '~')), iter: Tries);

    [Fact]
    public void No_parser_asks_in_which_country_it_runs() => Gen.Select(Odd, Gen.Int[-5, 500]).Sample(
        (text, number) =>
        {
            var sent = Encoding.UTF8.GetBytes($$"""{"seq":{{number.ToString(CultureInfo.InvariantCulture)}},"type":"a","at":"2026-01-02T03:04:05Z"}""");
            return In(CultureInfo.InvariantCulture, Parse) == In(Elsewhere, Parse);

            string Parse() => string.Join(
                '|',
                PublicId.IsValid(text),
                TenantId.IsValid(text),
                IpAllowList.IsValid(text),
                IpAllowList.IsValid($"10.0.0.0/{number.ToString(CultureInfo.InvariantCulture)}"),
                ApiKeySecret.Split(text)?.Id ?? "-",
                Claims(Base64Url.EncodeToString(Encoding.UTF8.GetBytes($$"""{"sub":"a","tid":"b","exp":{{number.ToString(CultureInfo.InvariantCulture)}}}""")))?.ExpiresAt?.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture) ?? "-",
                LiveEntry.TryParse(sent)?.Seq.ToString(CultureInfo.InvariantCulture) ?? "-",
                Convert.ToHexString(ToPack(sent)));
        },
        iter: 1_000,
        threads: 1);

    private static async Task<string[]?> PartsAsync(Cursors cursors, ListScope list, string text, int parts)
    {
        try
        {
            return await cursors.DecodeAsync(list, text, parts, CancellationToken.None);
        }
        catch (RefusedException refused) when (refused.Refusal == Refusal.InvalidCursor)
        {
            return null;
        }
    }

    private static TokenClaims? Claims(string payload)
    {
        try
        {
            return TokenClaims.Read(payload);
        }
        catch (RefusedException refused) when (refused.Refusal == Refusal.Unauthenticated)
        {
            return null;
        }
    }

    private static bool Reads(DefaultHttpContext context, string? key)
    {
        try
        {
            return IdempotencyKey.Read(context.Request).Value == key;
        }
        catch (RefusedException)
        {
            return false;
        }
    }

    private static bool IsRefused(Func<object?> parse, Refusal refusal)
    {
        try
        {
            _ = parse();
            return false;
        }
        catch (RefusedException refused)
        {
            return refused.Refusal == refusal;
        }
    }

    private static async Task<bool> IsRefusedAsync(Func<Task> authenticate)
    {
        try
        {
            await authenticate();
            return false;
        }
        catch (RefusedException refused)
        {
            return refused.Refusal.Status == 401;
        }
    }

    private static string In(CultureInfo culture, Func<string> parse)
    {
        var before = CultureInfo.CurrentCulture;
        try
        {
            CultureInfo.CurrentCulture = culture;
            return parse();
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    private static CultureInfo MakeElsewhere()
    {
        var culture = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        culture.NumberFormat = new() { NegativeSign = "~", PositiveSign = "#", NumberDecimalSeparator = ";", NumberGroupSeparator = "." };
        culture.DateTimeFormat = new() { DateSeparator = "_", TimeSeparator = "=" };
        return culture;
    }

    [GeneratedRegex(@"\A[A-Za-z0-9\-_.@:]{1,64}\z")]
    private static partial Regex PublicForm();

    [GeneratedRegex(@"\A[a-z0-9\-]{1,40}\z")]
    private static partial Regex TenantForm();

    [GeneratedRegex(@"\A[!-~]{1,128}\z")]
    private static partial Regex KeyForm();

    [GeneratedRegex(@"\A[0-9a-fA-F:.]+(/[0-9]+)?\z")]
    private static partial Regex AddressForm();
}
