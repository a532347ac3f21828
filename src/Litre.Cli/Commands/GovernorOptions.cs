using System.CommandLine;
using System.Globalization;
using Litre.Training.Governing;

namespace Litre.Cli.Commands;

/// <summary>The options of <c>litre governor</c>, to be read from a command line and written to one.</summary>
internal sealed class GovernorOptions
{
    private static readonly GovernorSettings Standard = new();

    private readonly Option<double> _first = Number("--first-floor", "GiB of available memory below which the trainer shrinks its micro-batches; 0 for 6 % of the machine, at least 4 GiB.", Standard.FirstFloorGiB);
    private readonly Option<double> _second = Number("--second-floor", "GiB below which the trainer writes a checkpoint and pauses; 0 for half of that.", Standard.SecondFloorGiB);
    private readonly Option<double> _last = Number("--last-floor", "GiB below which the trainer is stopped; 0 for a quarter.", Standard.LastFloorGiB);
    private readonly Option<double> _device = Number("--device-floor", "GiB of free device memory that count as the first floor; 0 does not look at it.", Standard.DeviceFloorGiB);
    private readonly Option<double> _temperature = Number("--temperature-limit", "Degrees Celsius of the GPU above which the pace is lowered; 0 for none.", Standard.TemperatureC);
    private readonly Option<double> _pressure = Number("--pressure-limit", "Percent of time that tasks wait for memory, which count as the first floor; 0 does not look at it.", Standard.PressurePercent);
    private readonly Option<double> _answer = Number("--answer-seconds", "Seconds that an order may stay without an answer.", Standard.AnswerSeconds);
    private readonly Option<double> _end = Number("--end-seconds", "Seconds that a stopped trainer has for its checkpoint, before it is killed.", Standard.EndSeconds);
    private readonly Option<double> _calm = Number("--calm-seconds", "Seconds that the machine must be well before something is given back.", Standard.CalmSeconds);

    public GovernorOptions(Command command)
    {
        foreach (var option in (Option[])[_first, _second, _last, _device, _temperature, _pressure, _answer, _end, _calm]) command.Options.Add(option);
    }

    public GovernorSettings Settings(ParseResult parsed) => new()
    {
        FirstFloorGiB = parsed.GetValue(_first),
        SecondFloorGiB = parsed.GetValue(_second),
        LastFloorGiB = parsed.GetValue(_last),
        DeviceFloorGiB = parsed.GetValue(_device),
        TemperatureC = parsed.GetValue(_temperature),
        PressurePercent = parsed.GetValue(_pressure),
        AnswerSeconds = parsed.GetValue(_answer),
        EndSeconds = parsed.GetValue(_end),
        CalmSeconds = parsed.GetValue(_calm),
    };

    /// <summary>The same settings as arguments.</summary>
    public static IEnumerable<string> Arguments(GovernorSettings settings)
    {
        (string Name, double Value)[] all =
        [
            ("--first-floor", settings.FirstFloorGiB), ("--second-floor", settings.SecondFloorGiB), ("--last-floor", settings.LastFloorGiB),
            ("--device-floor", settings.DeviceFloorGiB), ("--temperature-limit", settings.TemperatureC), ("--pressure-limit", settings.PressurePercent),
            ("--answer-seconds", settings.AnswerSeconds), ("--end-seconds", settings.EndSeconds), ("--calm-seconds", settings.CalmSeconds),
        ];
        return all.SelectMany(o => (string[])[o.Name, o.Value.ToString("R", CultureInfo.InvariantCulture)]);
    }

    private static Option<double> Number(string name, string description, double value)
    {
        var option = new Option<double>(name) { Description = description, DefaultValueFactory = _ => value };
        option.Validators.Add(result =>
        {
            // Text that is no number is refused by the parser itself.
            if (result.Tokens is [var token] && double.TryParse(token.Value, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && !(number >= 0 && double.IsFinite(number)))
                result.AddError($"{name} {token.Value}: expected a number, 0 or more");
        });
        return option;
    }
}
