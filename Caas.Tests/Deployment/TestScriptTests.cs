using Xunit;

namespace Caas.Tests.Deployment;

/// <summary><c>test.sh</c> against an engine that is played.</summary>
public sealed class TestScriptTests
{
    [Fact]
    public async Task It_runs_the_smoke_test_on_a_stack_that_is_up()
    {
        using var stack = await StartedAsync();
        var run = (await stack.RunAsync("test.sh")).Succeeded();
        Assert.Equal("compose --profile test run --rm --no-deps smoke-test", stack.Commands[^1]);
        Assert.Contains("passed", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Build_comes_first()
    {
        using var stack = await StartedAsync();
        (await stack.RunAsync("test.sh", "--build")).Succeeded();
        Assert.Equal(["compose --profile test build smoke-test", "compose --profile test run --rm --no-deps smoke-test"], stack.Commands.TakeLast(2));
    }

    [Fact]
    public async Task The_exit_code_of_the_test_is_its_own()
    {
        using var stack = await StartedAsync();
        stack.Play("test-fails");
        Assert.Equal(9, (await stack.RunAsync("test.sh")).Refused("smoke test failed", "9").Code);
    }

    [Fact]
    public async Task Without_a_running_stack_it_says_what_to_run()
    {
        using var stack = new StackFolder();
        (await stack.RunAsync("test.sh")).Refused("never started", "./start.sh");
        (await stack.RunAsync("start.sh")).Succeeded();
        (await stack.RunAsync("stop.sh")).Succeeded();
        (await stack.RunAsync("test.sh")).Refused("not up", "gateway", "./start.sh");
        Assert.DoesNotContain(stack.Commands, command => command.Contains("smoke-test", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Help_needs_no_engine_and_an_unknown_option_is_refused()
    {
        using var stack = new StackFolder("down");
        Assert.Contains("--build", (await stack.RunAsync("test.sh", "--help")).Succeeded().Output, StringComparison.Ordinal);
        Assert.Equal(2, (await stack.RunAsync("test.sh", "-x")).Refused("-x", "--help").Code);
        (await stack.RunAsync("test.sh")).Refused("engine does not answer");
    }

    private static async Task<StackFolder> StartedAsync()
    {
        var stack = new StackFolder();
        (await stack.RunAsync("start.sh")).Succeeded();
        return stack;
    }
}
