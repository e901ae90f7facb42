using System.Security.Cryptography;
using System.Text;
using Xunit;

namespace Caas.Tests.Deployment;

/// <summary>How a node of the replica set starts: its keyfile above all.</summary>
public sealed class MongoNodeTests : IDisposable
{
    private const string Script = "init/mongodb/start-node.sh";
    private readonly Scripts _scripts = new();

    public MongoNodeTests() => _scripts.StandIn("docker-entrypoint.sh", "env > \"$STAND_IN/environment\"").StandIn("chown", "");

    private string Keyfile => Path.Combine(_scripts.State, "keyfile");

    public void Dispose() => _scripts.Dispose();

    [Fact]
    public void The_committed_part_of_the_key_is_of_base64_characters_and_leaves_room_for_the_other()
    {
        var text = File.ReadAllText(Scripts.InRepository("init/mongodb/mongo-keyfile"));
        Assert.Matches("^[A-Za-z][A-Za-z0-9+/]{511}\n$", text);
        Assert.True(text.Trim().Length + 64 <= 1024);
    }

    [Fact]
    public async Task The_key_is_the_committed_part_and_a_hash_of_the_root_password_readable_by_its_owner_alone()
    {
        (await RunAsync("a-password")).Succeeded().Without("a-password");
        var expected = (await File.ReadAllTextAsync(Scripts.InRepository("init/mongodb/mongo-keyfile"), TestContext.Current.CancellationToken)).Trim() + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes("a-password")));
        Assert.Equal(expected, _scripts.Read("keyfile").Trim());
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead, File.GetUnixFileMode(Keyfile));
        }

        Assert.Equal([$"mongod --replSet caas-rs --bind_ip_all --keyFile {Keyfile} --oplogMinRetentionHours 24 --wiredTigerCacheSizeGB 0.5"], _scripts.Calls("docker-entrypoint.sh"));
        Assert.DoesNotContain("a-password", _scripts.Read("environment"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_container_that_starts_again_writes_its_key_anew()
    {
        (await RunAsync("one")).Succeeded();
        var first = _scripts.Read("keyfile");
        (await RunAsync("two")).Succeeded();
        Assert.NotEqual(first, _scripts.Read("keyfile"));
    }

    [Fact]
    public async Task A_missing_password_or_key_is_one_sentence()
    {
        (await RunAsync("")).Refused("start-node: ", "MONGO_ROOT_PASSWORD", ".env");
        (await RunAsync("p", Path.Combine(_scripts.State, "absent"))).Refused("start-node: ", "absent", "mongo-keyfile");
        Assert.Empty(_scripts.Calls("docker-entrypoint.sh"));
    }

    private Task<ScriptRun> RunAsync(string password, string? source = null) => _scripts.RunAsync(
        Script,
        new Dictionary<string, string> { ["MONGO_ROOT_PASSWORD"] = password, ["CAAS_KEYFILE"] = Keyfile, ["CAAS_KEYFILE_SOURCE"] = source ?? Scripts.InRepository("init/mongodb/mongo-keyfile") },
        "--wiredTigerCacheSizeGB",
        "0.5");
}
