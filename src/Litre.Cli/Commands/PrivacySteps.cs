using System.Globalization;
using Litre.Cli.Rendering;
using Litre.Core;
using Litre.Privacy.Containment;

namespace Litre.Cli.Commands;

/// <summary>The commands of Litre that a proof runs with the small model, in order.</summary>
/// <param name="model">The folder of the small model.</param>
/// <param name="work">The folder for everything that they write.</param>
/// <param name="device">The device to compute on; null for the default.</param>
internal sealed class PrivacySteps(string model, string work, string? device)
{
    private const string Question = "What is the part number of item 1?";

    /// <summary>The names of the steps; the data are generated in any case.</summary>
    public static readonly IReadOnlyList<string> Names = ["check", "tune", "eval", "ask", "serve"];

    private string Data => Path.Combine(work, "data");

    private string Run => Path.Combine(work, "run");

    /// <summary>The words of a step, without the program.</summary>
    public IReadOnlyList<string> Words(string name) =>
        name switch
        {
            "make" =>
            [
                .. (string[])["data", "make", "drawings", "--style", "company", "--output", Data, "--train", "16", "--validation", "0"],
                .. (string[])["--test", "4", "--questions", "1", "--turns", "4"],
            ],
            "check" => ["data", "check", Data, "--model", model, "--validation-share", "0"],
            "tune" =>
            [
                .. (string[])["tune", "--model", model, "--data", Data, "--output", Run, "--max-steps", "8", "--save-steps", "4"],
                .. (string[])
                    ["--validation-share", "0", "--lora-rank", "8", "--eval", "both", "--eval-limit", "2", "--max-new-tokens", "16"],
                .. Device,
            ],
            "eval" =>
            [
                .. (string[])["eval", "--model", model, "--data", Data, "--output", Path.Combine(work, "eval"), "--split", "test"],
                .. (string[])["--limit", "2", "--max-new-tokens", "16"],
                .. Adapter(Best),
                .. Device,
            ],
            "ask" =>
            [
                .. (string[])["ask", "--model", model, "--image", Image, "--max-new-tokens", "16"],
                .. Adapter(Best),
                .. Device,
                Question,
            ],
            // Its last value, the port, follows.
            "serve" => ["serve", "--model", model, .. Adapter("tuned=" + Best), .. Device, "--port"],
            _ => throw new ArgumentOutOfRangeException(nameof(name), name, null),
        };

    /// <summary>A step as a command to be contained.</summary>
    /// <param name="name">One of <see cref="Names"/>, or <c>make</c>.</param>
    /// <param name="output">The file for its output.</param>
    public ContainedCommand Command(string name, string output)
    {
        IReadOnlyList<string> words = [.. OwnProgram.Command, .. Words(name)];
        var command =
            name == "serve"
                ? new ContainedCommand([.. OwnProgram.Command, "privacy", PrivacyServerCommand.CommandName, Image, Question])
                {
                    Server = words,
                }
                : new ContainedCommand(words);
        // The user's keys, log and cache stay as they are.
        var variables = new Dictionary<string, string>
        {
            [HostEnvironment.State] = Path.Combine(work, "state"),
            [HostEnvironment.Features] = Path.Combine(work, "features"),
        };
        return command with { OutputFile = output, Variables = variables };
    }

    /// <summary>A step as a user would type it.</summary>
    public string Text(string name)
    {
        var words = Words(name).Select(word => word.Replace(work + "/", "", StringComparison.Ordinal)).Select(CommandText.Quote);
        return string.Create(CultureInfo.InvariantCulture, $"litre {string.Join(' ', words)}{(name == "serve" ? " PORT" : "")}");
    }

    private string Best => Path.Combine(Run, "best");

    private string Image => Path.Combine(Data, "images", "000000.png");

    private IReadOnlyList<string> Device => device is null ? [] : ["--device", device];

    private IReadOnlyList<string> Adapter(string value) => Directory.Exists(Best) ? ["--adapter", value] : [];
}
