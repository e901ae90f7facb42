using System.Security.Cryptography;
using System.Text.Json;
using Caas.Core.Push;
using Caas.Tests.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Xunit;

namespace Caas.Tests.Push;

public sealed class PushSettingsTests
{
    /// <summary>As <c>docker-compose.yml</c> passes them on.</summary>
    private static readonly string[] OfTheStack = ["Fcm:ServiceAccount", "Apns:TeamId", "Apns:KeyId", "Apns:PrivateKey", "Apns:Topic", "WebPush:Subject", "WebPush:PublicKey", "WebPush:PrivateKey"];

    [Fact]
    public async Task What_is_left_empty_is_not_set()
    {
        var options = await ReadAsync(OfTheStack.ToDictionary(name => name, _ => ""));
        Assert.Equal((null, null, null), (options.Fcm, options.Apns, options.WebPushSubject));
    }

    [Fact]
    public async Task Accounts_are_read_from_the_variables_of_the_stack_and_from_their_fields()
    {
        using var rsa = RSA.Create(2048);
        using var ec = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var json = JsonSerializer.Serialize(new Dictionary<string, string> { ["type"] = "service_account", ["project_id"] = "project", ["client_email"] = "push@project.example.com", ["private_key"] = rsa.ExportPkcs8PrivateKeyPem() });
        var pem = ec.ExportPkcs8PrivateKeyPem();
        var stack = await ReadAsync(new() { ["Fcm:ServiceAccount"] = json, ["Apns:TeamId"] = "T", ["Apns:KeyId"] = "K", ["Apns:Topic"] = "com.example.chat", ["Apns:PrivateKey"] = pem.Replace("\n", "\\n", StringComparison.Ordinal), ["WebPush:Subject"] = "mailto:push@example.com" });
        Assert.Equal(new("project", "push@project.example.com", rsa.ExportPkcs8PrivateKeyPem()), stack.Fcm);
        Assert.Equal((new("T", "K", "com.example.chat", pem), "mailto:push@example.com"), (stack.Apns, stack.WebPushSubject));
        var fields = await ReadAsync(new() { ["Fcm:ProjectId"] = "project", ["Fcm:ClientEmail"] = "push@project.example.com", ["Fcm:PrivateKey"] = rsa.ExportPkcs8PrivateKeyPem(), ["Apns:TeamId"] = "T", ["Apns:KeyId"] = "K", ["Apns:BundleId"] = "com.example.chat", ["Apns:PrivateKey"] = pem, ["Apns:Sandbox"] = "true", ["WebPushSubject"] = "mailto:push@example.com" });
        Assert.Equal((stack.Fcm, stack.Apns! with { Sandbox = true }, stack.WebPushSubject), (fields.Fcm, fields.Apns, fields.WebPushSubject));

        // As .env asks for it: on one line, without its first and last one.
        var bare = await ReadAsync(new() { ["Apns:TeamId"] = "T", ["Apns:KeyId"] = "K", ["Apns:Topic"] = "com.example.chat", ["Apns:PrivateKey"] = Convert.ToBase64String(ec.ExportPkcs8PrivateKey()) });
        using var read = ECDsa.Create();
        read.ImportFromPem(bare.Apns!.PrivateKey);
        Assert.Equal(ec.ExportSubjectPublicKeyInfo(), read.ExportSubjectPublicKeyInfo());
    }

    [Theory]
    [InlineData("Fcm:ServiceAccount", "no JSON", "fcm.projectId")]
    [InlineData("Fcm:ProjectId", "project", "fcm.privateKey")]
    [InlineData("Apns:Topic", "com.example.chat", "apns.privateKey")]
    public async Task Half_an_account_is_refused_and_what_it_lacks_is_named(string name, string value, string missing)
    {
        var failed = await Assert.ThrowsAsync<OptionsValidationException>(() => ReadAsync(new() { [name] = value }));
        Assert.Contains(failed.Failures, failure => failure.Contains(missing, StringComparison.Ordinal));
    }

    private static async Task<PushOptions> ReadAsync(Dictionary<string, string> settings)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(settings.ToDictionary(one => $"{PushOptions.Section}:{one.Key}", one => (string?)one.Value)).Build();
        await using var platform = new CorePlatform(configure: services => services.AddSingleton<IConfiguration>(configuration));
        return platform.Get<IOptions<PushOptions>>().Value;
    }
}
