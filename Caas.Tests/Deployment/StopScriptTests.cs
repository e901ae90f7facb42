using Xunit;

namespace Caas.Tests.Deployment;

/// <summary><c>stop.sh</c> against an engine that is played.</summary>
public sealed class StopScriptTests
{
    [Fact]
    public async Task It_stops_all_profiles_keeps_the_data_and_says_so_as_often_as_asked()
    {
        using var stack = new StackFolder();
        stack.Set("MONGO_ROOT_USER", "root");
        var run = (await stack.RunAsync("stop.sh")).Succeeded();
        (await stack.RunAsync("stop.sh")).Succeeded();
        Assert.Equal(Enumerable.Repeat("compose --env-file .env --profile test down --remove-orphans", 2), stack.Commands);
        Assert.Contains("data stays", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Clean_removes_the_data_too_and_the_settings_stay()
    {
        using var stack = new StackFolder();
        stack.Set("MONGO_ROOT_USER", "root");
        var run = (await stack.RunAsync("stop.sh", "--clean")).Succeeded();
        Assert.Equal(["compose --env-file .env --profile test down -v --remove-orphans"], stack.Commands);
        Assert.Contains("data is gone", run.Output, StringComparison.Ordinal);
        Assert.True(File.Exists(stack.Env));
    }

    [Fact]
    public async Task It_stops_a_stack_whose_settings_are_lost()
    {
        using var stack = new StackFolder();
        (await stack.RunAsync("stop.sh")).Succeeded();
        Assert.Equal(["compose --env-file .env.example --profile test down --remove-orphans"], stack.Commands);
        Assert.False(File.Exists(stack.Env));
    }

    [Theory]
    [InlineData("down-fails", "could not stop", "words are above")]
    [InlineData("down", "engine does not answer", "start Docker Desktop")]
    public async Task A_failure_is_a_sentence(string plays, params string[] says)
    {
        using var stack = new StackFolder(plays);
        Assert.Equal(1, (await stack.RunAsync("stop.sh")).Refused(says).Code);
    }

    [Fact]
    public async Task Help_needs_no_engine_and_an_unknown_option_is_refused()
    {
        using var stack = new StackFolder("down");
        Assert.Contains("--clean", (await stack.RunAsync("stop.sh", "--help")).Succeeded().Output, StringComparison.Ordinal);
        Assert.Equal(2, (await stack.RunAsync("stop.sh", "now")).Refused("now", "--help").Code);
    }
}
