using System.Text.RegularExpressions;
using Xunit;

namespace Caas.Tests.Deployment;

/// <summary>The <c>.env</c> of the stack: <c>start.sh</c> makes it, completes it, never overwrites it, and starts nothing on a bad one.</summary>
public sealed partial class EnvFileTests
{
    private static readonly string[] Secrets = ["MONGO_ROOT_PASSWORD", "MONGO_APP_PASSWORD", "REDIS_PASSWORD", "JWT_SECRET", "CAAS_ADMIN_KEY", "MONGO_EXPRESS_PASSWORD"];

    [Fact]
    public async Task It_is_made_for_one_reader_with_secrets_that_no_other_start_has()
    {
        using var first = new StackFolder();
        using var second = new StackFolder();
        (await first.RunAsync("start.sh")).Succeeded();
        (await second.RunAsync("start.sh")).Succeeded();
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(first.Env));
        }

        var (one, other) = (first.Variables(), second.Variables());
        Assert.Equal(Secrets.Length * 2, Secrets.SelectMany(name => new[] { one[name], other[name] }).Distinct().Count());
        Assert.All(Secrets, name => Assert.Matches("^[0-9a-f]{48}$", one[name]));
        Assert.Equal("root", one["MONGO_ROOT_USER"]);
        Assert.Equal("http://localhost:3002", one["REALTIME_1_PUBLIC_URL"]);
        Assert.Equal("", one["TURN_SECRET"]);
        Assert.DoesNotContain("change_this", string.Join('\n', one.Values), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_an_older_one_lacks_is_added_and_the_rest_stays()
    {
        using var stack = new StackFolder();
        await File.WriteAllTextAsync(
            stack.Env,
            "export MONGO_ROOT_USER = me\nMONGO_ROOT_PASSWORD=a-b_c\r\nMONGO_APP_PASSWORD=first\nMONGO_APP_PASSWORD=second\nMONGO_EXPRESS_USER=x\nREALTIME_1_PUBLIC_URL=https://one.example.com".Replace(" = ", "=", StringComparison.Ordinal),
            TestContext.Current.CancellationToken);
        var before = await File.ReadAllTextAsync(stack.Env, TestContext.Current.CancellationToken);
        var run = (await stack.RunAsync("start.sh")).Succeeded();
        var after = await File.ReadAllTextAsync(stack.Env, TestContext.Current.CancellationToken);
        Assert.StartsWith(before + "\nREDIS_PASSWORD=", after, StringComparison.Ordinal);
        Assert.Contains("Added to .env what this version needs: REDIS_PASSWORD JWT_SECRET", run.Output, StringComparison.Ordinal);
        Assert.Matches("\nJWT_SECRET=[0-9a-f]{48}\n", after);
        Assert.Single(Regex.Matches(after, "MONGO_ROOT_USER"));
        Assert.Contains("\nTURN_URLS=\n", after, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("REDIS_PASSWORD", "", "is empty")]
    [InlineData("MONGO_ROOT_USER", "", "is empty")]
    [InlineData("REDIS_PASSWORD", "change_this_redis_password", "example value")]
    [InlineData("CAAS_ADMIN_KEY", "my-ChangeMe-key-of-24-chars", "example value")]
    [InlineData("MONGO_ROOT_PASSWORD", "a@b:c/d", "letters, digits, - and _")]
    [InlineData("MONGO_APP_PASSWORD", "\"quoted\"", "letters, digits, - and _")]
    [InlineData("MONGO_EXPRESS_PASSWORD", "ümlaut", "letters, digits, - and _")]
    [InlineData("JWT_SECRET", "only-31-characters-long-0123456", "at least 32")]
    [InlineData("CAAS_ADMIN_KEY", "fifteen-letters", "at least 16")]
    [InlineData("REALTIME_2_PUBLIC_URL", "localhost:3003", "http://")]
    [InlineData("REALTIME_2_PUBLIC_URL", "https://a b", "space")]
    public async Task A_bad_value_is_named_and_nothing_starts(string name, string value, string says)
    {
        using var stack = new StackFolder();
        stack.Set(name, value);
        var run = (await stack.RunAsync("start.sh")).Refused(name, says);
        if (value.Length > 0 && Secrets.Contains(name))
        {
            run.Without(value);
        }

        Assert.Empty(stack.Commands);
    }

    [Fact]
    public async Task A_copied_example_does_not_start()
    {
        using var stack = new StackFolder();
        File.Copy(stack.In(".env.example"), stack.Env);
        (await stack.RunAsync("start.sh")).Refused("example value");
    }

    [Fact]
    public async Task A_variable_of_the_environment_is_pointed_out()
    {
        using var stack = new StackFolder();
        var run = (await stack.RunWithAsync(new Dictionary<string, string> { ["JWT_SECRET"] = "from-the-shell" }, "start.sh")).Succeeded().Without("from-the-shell");
        Assert.Contains("sets: JWT_SECRET.", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void The_example_holds_every_variable_once_and_explained_and_no_secret()
    {
        var example = File.ReadAllLines(Scripts.InRepository(".env.example"));
        var variables = example.Where(line => VariablePattern().IsMatch(line)).Select(line => line.Split('=', 2)).ToDictionary(pair => pair[0], pair => pair[1]);
        Assert.Equal(
            ["MONGO_ROOT_USER", .. Secrets[..5], "REALTIME_1_PUBLIC_URL", "REALTIME_2_PUBLIC_URL", "MONGO_EXPRESS_USER", "MONGO_EXPRESS_PASSWORD", "TURN_URLS", "TURN_SECRET", "FCM_SERVICE_ACCOUNT", "APNS_TEAM_ID", "APNS_KEY_ID", "APNS_PRIVATE_KEY", "APNS_TOPIC", "VAPID_SUBJECT"],
            variables.Keys);
        Assert.All(Secrets, name => Assert.StartsWith("change_this_", variables[name], StringComparison.Ordinal));
        Assert.All(example, line => Assert.Matches("^(|#.*|[A-Z0-9_]+=.*)$", line));
        Assert.All(example, line => Assert.All(line, letter => Assert.InRange(letter, ' ', '~')));
    }

    [GeneratedRegex("^[A-Z][A-Z0-9_]*=")]
    private static partial Regex VariablePattern();
}
