using Xunit;

namespace Caas.Tests.Deployment;

/// <summary>The helper tells what a script did: without that, the tests of scripts say nothing.</summary>
public sealed class ScriptsTests : IDisposable
{
    private readonly Scripts _scripts = new();

    public void Dispose() => _scripts.Dispose();

    [Fact]
    public async Task A_stand_in_goes_before_the_real_program_and_notes_its_calls()
    {
        _scripts.StandIn("docker", "echo stood in; cat \"$STAND_IN/say\"").Given("say", "hello\n").Given("run.sh", "docker compose 'up now'\ndocker ps\n");
        var run = (await _scripts.RunAsync(Path.Combine(_scripts.State, "run.sh"))).Succeeded();
        Assert.Equal("stood in\nhello\nstood in\nhello\n", run.Output);
        Assert.Equal(["compose up now", "ps"], _scripts.Calls("docker"));
    }

    [Fact]
    public async Task A_failure_comes_with_its_code_and_words_and_nothing_of_the_tests_environment_is_seen()
    {
        _scripts.Given("run.sh", "echo \"${SECRET-none} ${DOTNET_ROOT-none}\"; echo 'It broke: mend it.' >&2; exit 3\n");
        var run = await _scripts.RunAsync(Path.Combine(_scripts.State, "run.sh"), new Dictionary<string, string> { ["SECRET"] = "s" });
        Assert.Equal(3, run.Refused("broke", "mend").Code);
        Assert.Equal("s none\n", run.Output);
        Assert.ThrowsAny<Xunit.Sdk.XunitException>(() => run.Without("s none"));
        Assert.ThrowsAny<Xunit.Sdk.XunitException>(() => run.Succeeded());
    }
}
