import { ValidateBy } from 'class-validator';

/** A quantity as text or number; what it may say is checked by `parseCpu` and `parseMemory`. */
export function IsQuantity(): PropertyDecorator {
  return ValidateBy({
    name: 'isQuantity',
    validator: {
      validate: (value: unknown) => typeof value === 'string' || (typeof value === 'number' && value > 0),
      defaultMessage: (context) => `${context?.property ?? 'quantity'} must be a quantity such as "2" or "512MB"`,
    },
  });
}
