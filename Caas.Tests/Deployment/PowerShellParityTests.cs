using System.Text.RegularExpressions;
using Xunit;

namespace Caas.Tests.Deployment;

/// <summary>
/// No PowerShell runs these tests, so the <c>.ps1</c> stand line by line beside the <c>.sh</c> that are tested, and this keeps them from drifting: the same sentences with the same
/// exit codes, the same commands of docker, the same steps, in the same order.
/// </summary>
public sealed partial class PowerShellParityTests
{
    public static TheoryData<string> Pairs => ["start", "stop", "test", "eng/stack", "eng/env-file"];

    [Theory]
    [MemberData(nameof(Pairs))]
    public void Both_say_the_same_and_end_with_the_same_codes(string script)
    {
        var (shell, power) = Read(script);
        Assert.Equal(Sentences(ShellSentence(), shell), Sentences(PowerSentence(), power));
        Assert.True(script == "eng/stack" || Sentences(ShellSentence(), shell).Count > 5);
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public void Both_give_docker_the_same_commands(string script)
    {
        var (shell, power) = Read(script);
        Assert.Equal(Commands(ShellSentence().Replace(shell, "")), Commands(PowerSentence().Replace(power, "")));
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public void Both_have_the_same_steps_in_the_same_order(string script)
    {
        var (shell, power) = Read(script);
        var inShell = ShellFunction().Matches(shell).Select(match => match.Groups[1].Value.Replace("_", "", StringComparison.Ordinal));
        var inPower = PowerFunction().Matches(power).Select(match => match.Groups[1].Value.ToLowerInvariant());
        // What only one of the languages needs.
        Assert.Equal(inShell.Except(["main", "interrupted"]), inPower.Except(["quietly", "fullpath", "linesof", "onlyforme", "seconds", "waitabit"]));
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public void Both_are_plain_ascii_and_the_power_shell_has_no_mark_of_byte_order(string script)
    {
        var (shell, power) = Read(script);
        Assert.All(shell + power, letter => Assert.True(letter is '\n' or '\r' or (>= ' ' and <= '~')));
    }

    [Fact]
    public void What_checks_and_explains_has_the_same_patterns_and_numbers()
    {
        foreach (var shared in new[] { "(Bind for|listen tcp[46]?|host port|host port for|exposing port TCP) (\\[[^]]*\\]|[0-9.]+|::):([0-9]+)", "gateway 3000", "socket-service-1 3002", "socket-service-2 3003" })
        {
            var (shell, power) = Read("start");
            Assert.Contains(shared, shell, StringComparison.Ordinal);
            Assert.Contains(shared, power, StringComparison.Ordinal);
        }
    }

    private static (string Shell, string Power) Read(string script) =>
        (File.ReadAllText(Scripts.InRepository($"{script}.sh")), File.ReadAllText(Scripts.InRepository($"{script}.ps1")).ReplaceLineEndings("\n"));

    private static List<string> Sentences(Regex pattern, string text) =>
        [.. pattern.Matches(text).Select(match => $"{Alike(match.Groups["text"].Value)} [{Alike(match.Groups["code"].Value)}]".Replace("[130]", "[]", StringComparison.Ordinal))];

    private static List<string> Commands(string text) =>
        [.. Command().Matches(Comment().Replace(text, "").Replace("docker -ArgumentList 'compose up -d'", "docker compose up -d", StringComparison.Ordinal)).Select(match => Alike(match.Value))];

    /// <summary>Without what differs between the shells: how variables, options and our scripts are written.</summary>
    private static string Alike(string text)
    {
        text = Variable().Replace(text.Replace("\"", "", StringComparison.Ordinal), "$");
        foreach (var (shell, power) in new[] { ("./start.sh", ".\\start.ps1"), ("./stop.sh", ".\\stop.ps1"), ("./test.sh", ".\\test.ps1"), ("grep ", "Select-String ") })
        {
            text = text.Replace(power, shell, StringComparison.Ordinal);
        }

        return Spaces().Replace(Option().Replace(text, match => $"--{match.Groups[1].Value.ToLowerInvariant()}"), " ");
    }

    [GeneratedRegex(" +")]
    private static partial Regex Spaces();

    [GeneratedRegex("""\b(?:say|fail) "(?<text>[^"]*)"(?: "?(?<code>[0-9]+|\$\w+)"?)?""")]
    private static partial Regex ShellSentence();

    [GeneratedRegex("""(?:\b(?:Say|Fail) |Error\.WriteLine\()"(?<text>[^"]*)"(?: (?<code>[0-9]+|\$\w+))?""")]
    private static partial Regex PowerSentence();

    [GeneratedRegex(@"\bdocker (?:version|compose|inspect|volume)\b.*?(?= 2>| >| \||\)| \}| -NoNewWindow|\s*$)", RegexOptions.Multiline)]
    private static partial Regex Command();

    [GeneratedRegex(@"(?:^|\s)#.*$", RegexOptions.Multiline)]
    private static partial Regex Comment();

    [GeneratedRegex(@"\$\{\w+\}|\$\w+")]
    private static partial Regex Variable();

    [GeneratedRegex(@"(?<![\w-])-{1,2}(build|clean|help)\b", RegexOptions.IgnoreCase)]
    private static partial Regex Option();

    [GeneratedRegex(@"^([a-z_]+)\(\) \{", RegexOptions.Multiline)]
    private static partial Regex ShellFunction();

    [GeneratedRegex(@"^function (\w+)", RegexOptions.Multiline)]
    private static partial Regex PowerFunction();
}
