using System.Net;
using System.Security.Cryptography;
using Caas.Core.Attachments;
using Caas.Core.Notifications;
using Caas.Core.Push;
using Caas.Tests.Gateway;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Xunit;

namespace Caas.Tests.Push;

[Collection<GatewayCollection>]
public sealed class DeliveryAccountTests(GatewayFixture gateway)
{
    private const string Path = "/v1/tenant/delivery";

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Each_channel_has_the_tenants_account_or_the_platforms_and_secrets_are_sealed_and_never_shown()
    {
        var (tenant, other) = (await gateway.CreateTenantAsync(), await gateway.CreateTenantAsync());
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var rsa = RSA.Create(2048);
        var pem = key.ExportPkcs8PrivateKeyPem();
        (await tenant.Backend.PutAsync($"{Path}/apns", new { apns = new { teamId = "TEAM", keyId = "KEY", bundleId = "com.example.chat", privateKey = pem } })).Expect(HttpStatusCode.OK);
        (await tenant.Backend.PutAsync($"{Path}/fcm", new { fcm = new { projectId = "project", clientEmail = "a@b.example", privateKey = rsa.ExportPkcs8PrivateKeyPem() } })).Expect(HttpStatusCode.OK);
        (await tenant.Backend.PutAsync($"{Path}/email", new { email = new { host = "mail.example.com", from = "chat@example.com", user = "u", password = "a-secret-of-mail" } })).Expect(HttpStatusCode.OK);
        (await tenant.Backend.PutAsync($"{Path}/webPush", new { webPush = new { subject = "mailto:push@example.com" } })).Expect(HttpStatusCode.OK);
        var listed = (await tenant.Backend.GetAsync(Path)).Expect(HttpStatusCode.OK);
        Assert.Equal([("fcm", "project"), ("apns", "com.example.chat"), ("webPush", "mailto:push@example.com"), ("email", "mail.example.com")], listed.Json.GetProperty("items").EnumerateArray().Select(item => (item.GetProperty("channel").GetString()!, item.GetProperty("name").GetString()!)));
        Assert.DoesNotContain("PRIVATE", listed.Text, StringComparison.OrdinalIgnoreCase);

        var directory = gateway.Services.GetRequiredService<DeliveryAccountDirectory>();
        var own = await directory.FindPushAsync(new(tenant.Id), Cancelled);
        Assert.Equal((pem, "project", "mailto:push@example.com"), (own.Apns!.PrivateKey, own.Fcm!.ProjectId, own.WebPushSubject));
        Assert.Equal(("a-secret-of-mail", true), (await directory.FindMailAsync(new(tenant.Id), Cancelled))!.Value is var mail ? (mail.Account.Password, mail.Own) : default);
        Assert.Equal(new(null, null, null), await directory.FindPushAsync(new(other.Id), Cancelled));
        DeliveryAccountDirectory With(string? subject, string url) => new(
            gateway.Services.GetRequiredService<Caas.Core.Tenants.TenantDirectory>(), gateway.Services.GetRequiredService<Caas.Core.Secrets.SecretSealer>(),
            Options.Create(new PushOptions { WebPushSubject = subject }), Options.Create(new Caas.Core.Mail.MailOptions { Account = new("mail.platform.example", "a@platform.example") }),
            Options.Create(new AttachmentOptions { PublicUrl = url }));
        var platforms = With("https://platform.example", "https://chat.example.com");
        Assert.Equal("https://chat.example.com", (await With(null, "https://chat.example.com").FindPushAsync(new(other.Id), Cancelled)).WebPushSubject);
        Assert.Null((await With(null, "http://localhost:3000").FindPushAsync(new(other.Id), Cancelled)).WebPushSubject);
        Assert.Equal("https://platform.example", (await platforms.FindPushAsync(new(other.Id), Cancelled)).WebPushSubject);
        Assert.Equal("mailto:push@example.com", (await platforms.FindPushAsync(new(tenant.Id), Cancelled)).WebPushSubject);
        Assert.Equal(("mail.platform.example", false), (await platforms.FindMailAsync(new(other.Id), Cancelled))!.Value is var theirs ? (theirs.Account.Host, theirs.Own) : default);

        var log = Caas.Core.Entries.LogId.OfTenant(new(tenant.Id));
        var entries = await gateway.Services.GetRequiredService<Caas.Core.Entries.IEntryStore>().ReadAfterAsync(log, 0, 100, Cancelled);
        Assert.DoesNotContain(entries, entry => entry.Data?.GetRawText().Contains("a-secret-of-mail", StringComparison.Ordinal) == true || entry.Data?.GetRawText().Contains("PRIVATE KEY", StringComparison.Ordinal) == true);

        (await tenant.Backend.DeleteAsync($"{Path}/apns")).Expect(HttpStatusCode.NoContent);
        (await tenant.Backend.DeleteAsync($"{Path}/apns")).Expect(HttpStatusCode.NoContent);
        Assert.Null((await directory.FindPushAsync(new(tenant.Id), Cancelled)).Apns);
    }

    [Theory]
    [InlineData("apns", """{"apns":{"teamId":"T","keyId":"K","bundleId":"com/example","privateKey":"-----BEGIN"}}""", "apns.bundleId")]
    [InlineData("apns", """{"apns":{"teamId":"T","keyId":"K","bundleId":"com.example","privateKey":"none"}}""", "apns.privateKey")]
    [InlineData("fcm", """{"fcm":{"projectId":"../x","clientEmail":"a@b","privateKey":"none"}}""", "fcm.projectId")]
    [InlineData("fcm", """{"webPush":{"subject":"mailto:a@b.example"}}""", "fcm")]
    [InlineData("fcm", "{}", "fcm")]
    [InlineData("email", """{"email":{"host":"10.0.0.1","from":"a@b.example"}}""", "email.host")]
    [InlineData("webPush", """{"webPush":{"subject":"javascript:alert(1)"}}""", "webPush.subject")]
    [InlineData("webPush", """{"webPush":{"subject":"mailto:push@localhost"}}""", "webPush.subject")]
    [InlineData("webPush", """{"webPush":{"subject":"https://chat.invalid/contact"}}""", "webPush.subject")]
    [InlineData("webPush", """{"webPush":{"subject":"https://127.0.0.1"}}""", "webPush.subject")]
    [InlineData("email", """{"email":{"host":"not a host","from":"a@b.example"}}""", "email.host")]
    [InlineData("email", """{"email":{"host":"mail.example","from":"a@b.example, c@d.example"}}""", "email.from")]
    [InlineData("email", """{"email":{"host":"mail.example","from":"a@b.example","user":"u"}}""", "email.password")]
    [InlineData("sms", """{"webPush":{"subject":"mailto:a@b.example"}}""", "channel")]
    public async Task What_could_never_work_is_refused(string channel, string body, string field)
    {
        var tenant = await gateway.CreateTenantAsync();
        (await tenant.Backend.PutAsync($"{Path}/{channel}", body)).ExpectProblem(HttpStatusCode.BadRequest, "validation_failed", field);
    }

    [Fact]
    public void A_bad_account_of_the_platform_stops_the_host_and_is_named()
    {
        var validator = new PushOptionsValidator(Options.Create(new NotificationOptions()));
        var failed = validator.Validate(null, new PushOptions { Apns = new("T", "K", "com.example", "none"), Attempts = 0, FcmUrl = "nowhere" });
        Assert.Contains("Caas:Push:apns.privateKey must be the PEM of a P-256 key.", failed.Failures!);
        Assert.Contains(failed.Failures!, failure => failure.Contains(nameof(PushOptions.Attempts), StringComparison.Ordinal));
        Assert.Contains(failed.Failures!, failure => failure.Contains(nameof(PushOptions.FcmUrl), StringComparison.Ordinal));
        Assert.True(validator.Validate(null, new PushOptions()).Succeeded);

        // What may be told again so late must not have been forgotten.
        Assert.Contains("Caas:Push:Keep", Assert.Single(validator.Validate(null, new PushOptions { Keep = TimeSpan.FromHours(24) }).Failures!), StringComparison.Ordinal);
    }
}
