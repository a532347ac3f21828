using System.Text.RegularExpressions;
using Litre.Cli.Errors;
using Shared;

namespace Litre.Cli.Tests.Commands;

public sealed class OpenMpTests
{
    // OpenMP's own report of the settings that it has read, on stderr when it is loaded.
    private const string Report = "OMP_DISPLAY_ENV";

    [Theory]
    [InlineData(null, null, "GOMP_SPINCOUNT = '1000'")]
    [InlineData("OMP_WAIT_POLICY", "passive", "GOMP_SPINCOUNT = '0'")]
    [InlineData("GOMP_SPINCOUNT", "77", "GOMP_SPINCOUNT = '77'")]
    public void Litre_StartedByDotnet_ThreadsSpinShortlyUnlessAUserDecided(string? name, string? value, string expected)
    {
        using var work = new SmallCheckpoint();
        var variables = new Dictionary<string, string?>
        {
            [Report] = "verbose",
            ["OMP_WAIT_POLICY"] = null,
            ["GOMP_SPINCOUNT"] = null,
            ["KMP_BLOCKTIME"] = null,
        };
        if (name is not null)
            variables[name] = value;
        var litre = LitreProcess.RunWith(variables, "verify", "checkpoint", work.Model, "--device", "cpu");
        Assert.Equal(ExitCode.Success, litre.ExitCode);
        if (!litre.Error.Contains("GOMP_SPINCOUNT", StringComparison.Ordinal))
            Assert.Skip("this libtorch uses another OpenMP than GNU's");
        Assert.Equal(expected, Regex.Match(litre.Error, "GOMP_SPINCOUNT = '[^']*'").Value);
    }
}
