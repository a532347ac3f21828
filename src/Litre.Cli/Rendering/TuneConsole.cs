using Litre.Training.Tuning;
using Spectre.Console;
namespace Litre.Cli.Rendering;
internal sealed class TuneConsole(IAnsiConsole console) : ITuneObserver
{
    public void OnStart(TuneStart start) => console.WriteLine($"{start}");
    public void OnStep(StepRecord step) => console.WriteLine($"step {step.Step}/{step.TotalSteps} loss {step.Loss:F4} norm {step.GradientNorm:F3} {step.TokensPerSecond:F0} tok/s");
    public void OnValidation(ValidationRecord validation) => console.WriteLine($"{validation}");
    public void OnCheckpoint(string folder, int step) => console.WriteLine($"{folder}");
    public void OnMessage(string text) => console.WriteLine(text);
    public void OnEnd(TuneEnd end) => console.WriteLine($"{end}");
}
