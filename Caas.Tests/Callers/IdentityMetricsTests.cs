using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Caas.Core.Refusals;
using Microsoft.Extensions.DependencyInjection;
using Xunit;
using static Caas.Tests.Callers.IdentityPlatform;

namespace Caas.Tests.Callers;

public sealed class IdentityMetricsTests
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Credentials_are_counted_by_kind_and_outcome()
    {
        await using var platform = await WithTenantAsync();
        var counted = new ConcurrentBag<string>();
        var gauges = new ConcurrentDictionary<string, double>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, self) =>
            {
                if (instrument.Meter.Name == "Caas.Identity" && ReferenceEquals(instrument.Meter.Scope, platform.Get<IMeterFactory>()))
                {
                    self.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((_, _, tags, _) => counted.Add(string.Join(' ', tags.ToArray().Select(tag => tag.Value))));
        listener.SetMeasurementEventCallback<int>((instrument, value, _, _) => gauges[instrument.Name] = value);
        listener.SetMeasurementEventCallback<double>((instrument, value, _, _) => gauges[instrument.Name] = value);
        listener.Start();

        var key = await platform.KeyAsync();
        var token = await platform.TokenAsync(seconds: 60);
        platform.Authenticator.TryAdmin(AdminKey);
        await platform.KeyCallerAsync(key);
        await RefusedAsync(() => platform.KeyCallerAsync(key + "x"), Refusal.Unauthenticated);
        await RefusedAsync(() => platform.KeyCallerAsync(key, "nobody"), Refusal.UserNotFound);
        await platform.CallerAsync(token.Token);
        await platform.Tokens.RevokeAsync(Backend(), new(Token: token.Token), Cancelled);
        await RefusedAsync(() => platform.CallerAsync(token.Token), Refusal.TokenRevoked);
        platform.Clock.Advance(TimeSpan.FromSeconds(61));
        await RefusedAsync(() => platform.CallerAsync(token.Token), Refusal.TokenExpired);
        listener.RecordObservableInstruments();

        Assert.Equal(
            ["admin ok", "key ok", "key unauthenticated", "key user_not_found", "token ok", "token token_expired", "token token_revoked"],
            counted.Order(StringComparer.Ordinal));
        // The token, and its session: what refreshes it ends with it.
        Assert.Equal((2, 61), (gauges["caas.identity.revocations.known"], gauges["caas.identity.revocations.age"]));
    }
}
